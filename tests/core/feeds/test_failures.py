import re
from pathlib import Path

from monitor.core.feeds.failures import REASONS, failed
from monitor.core.model import Response, Severity

TABLE = Path("docs/polling.md").read_text(encoding="utf-8").partition("| reason | weighs |")[2].partition("\n\n")[0]
DOCUMENTED = re.findall(r"^\| `([^`]+)` \| ([a-z ]+) \|", TABLE, re.MULTILINE)


def test_every_reason_is_explained_with_its_weight():
    assert {word: weight.partition(" or ")[0] for word, weight in DOCUMENTED} == {
        word: str(severity) for word, severity in REASONS.items()
    }


def test_a_failure_starts_with_its_word_and_has_its_weight():
    failure = failed("timeout", "30 s")
    assert (failure.reason, failure.severity) == ("timeout: 30 s", Severity.SOFT)
    assert failed("timeout").reason == "timeout"
    assert [word for word in REASONS if failed(word).gone] == ["gone"]


def test_a_failure_knows_the_answer_it_comes_from():
    response = Response(url="http://a.example/", status=503)
    failure = failed("http", "503", response=response, severity=Severity.HARD)
    assert (failure.status, failure.response, failure.severity) == (503, response, Severity.HARD)
