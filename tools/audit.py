"""Checks the pinned packages against the advisory service, and says plainly when nothing could be checked.

pip-audit ends with 0 when the service knows none of the packages, as a mirror without advisories does. Exit codes: 0 no
known vulnerability, 1 vulnerabilities, 3 the service was not reachable or did not know some of the packages.
"""

from __future__ import annotations

import json
import subprocess
import sys

FOUND, NOT_AUDITED = 1, 3


def conclude(report: str, complaint: str = "") -> tuple[int, str]:
    """Return the exit code and the lines to print, of pip-audit's JSON and of what it wrote to standard error."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = next(iter(reversed(complaint.strip().splitlines())), "no reason given")
        return NOT_AUDITED, f"audit: the advisory service was not reachable, nothing was audited: {last[:300]}"
    found = [
        f"{each['name']} {each['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'no version'}"
        for each in packages
        for flaw in each.get("vulns", ())
    ]
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    missed = f"audit: the advisory service did not answer for {len(skipped)} of {len(packages)} packages"
    lines = [*found, *([missed] if skipped else [])]
    if found:
        return FOUND, "\n".join(lines)
    return (NOT_AUDITED, missed) if skipped else (0, f"audit: no known vulnerability in {len(packages)} packages")


def main(command: list[str]) -> int:
    """Run pip-audit and print what it found."""
    done = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=False)  # noqa: S603
    code, lines = conclude(done.stdout, done.stderr)
    print(lines, file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
