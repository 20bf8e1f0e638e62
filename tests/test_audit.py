import json

import pytest

from tools import audit

SOUND = {"name": "a", "version": "1", "vulns": []}
FLAWED = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([SOUND], 0, "no known vulnerability in 1 packages"),
        ([SOUND, FLAWED, UNKNOWN], 1, "b 2: PYSEC-1, fixed in 3"),
        ([SOUND, UNKNOWN], 3, "did not answer for 1 of 2 packages"),
    ],
)
def test_an_audit_passes_only_if_every_package_was_looked_up(packages, code, said):
    found, lines = audit.conclude(json.dumps({"dependencies": packages}))
    assert (found, said in lines) == (code, True)


def test_an_audit_without_a_network_says_so_and_fails():
    code, lines = audit.conclude("", "Traceback\nConnectionError: unreachable\n")
    assert code == 3
    assert lines == "audit: the advisory service was not reachable, nothing was audited: ConnectionError: unreachable"
