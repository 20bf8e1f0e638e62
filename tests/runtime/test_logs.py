"""The log: where it goes, its formats, and that it contains no secret and no control character."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Literal

import pytest
import structlog

from monitor.runtime import logs

if TYPE_CHECKING:
    from collections.abc import Iterator

SLACK = "https://hooks.slack.com/services/T00/B00/XXXXcanaryXXXX"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave the log as the next test expects it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def log_events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Read what was logged as JSON, all of it to stderr."""
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_off_a_terminal_every_event_is_one_line_of_json_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger("monitor.poll").info("feed changed", feed="a", entries=2)
    (event,) = log_events(capsys)
    assert (event["event"], event["feed"], event["entries"], event["level"]) == ("feed changed", "a", 2, "info")
    assert event["timestamp"].endswith("Z")


def test_libraries_log_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logging.getLogger("some.library").warning("odd: %s", 1)
    (event,) = log_events(capsys)
    assert (event["event"], event["logger"]) == ("odd: 1", "some.library")


def test_whole_addresses_that_httpx_logs_are_never_shown(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="debug")
    logging.getLogger("httpx").info("HTTP Request: GET https://user:pw@example.org/?token=abc")
    logging.getLogger("httpcore.http11").debug("send_request_headers")
    assert log_events(capsys) == []


@pytest.mark.parametrize(
    "text",
    [
        f"posting to {SLACK}",
        "smtp://user:XXXXcanaryXXXX@mail.example.org:587",
        "https://example.org/feed?api_key=XXXXcanaryXXXX&page=2",
        "token xoxb-XXXXcanaryXXXX",
        "Authorization: Bearer XXXXcanaryXXXX",
        "the known one is XXXXcanaryXXXX",
    ],
)
def test_secrets_are_redacted_wherever_they_stand(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(secrets=["XXXXcanaryXXXX"])
    log = structlog.get_logger()
    log.info(text, reason=text, nested={"list": [text], "set": (text,)}, error=ValueError(text))
    logging.getLogger("library").error(text)
    log.error("broke", exc_info=ValueError(text))
    captured = capsys.readouterr().err
    assert "canary" not in captured
    assert "***" in captured


@pytest.mark.parametrize("text", ["smtp://u:XXXXcanary@h", f"x {SLACK}", "https://e.org/?token=XXXXcanary"])
def test_the_usual_shapes_are_known_without_the_secret_itself(text: str) -> None:
    assert "canary" not in logs.Redactor().redact(text)


def test_a_field_with_the_name_of_a_secret_is_redacted_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().info("configured", smtp_password="pw", slack_webhook="x", deep={"api_key": "y"}, token="")
    (event,) = log_events(capsys)
    assert (event["smtp_password"], event["slack_webhook"], event["deep"], event["token"]) == (
        "***",
        "***",
        {"api_key": "***"},
        "",
    )


def test_an_ordinary_address_stays_readable() -> None:
    text = "https://example.org/feed?page=2&keyword=ai"
    assert logs.Redactor(["ab"]).redact(text) == text


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("reason", ["x\n2026-01-01 [info] all is well", "x\x1b[2J\x9b1A", "x\u202ecod.exe"])
def test_a_log_line_cannot_be_forged_by_a_publisher(
    form: Literal["console", "json"], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(format_=form)
    structlog.get_logger().warning("feed failed", reason=reason)
    captured = capsys.readouterr().err
    assert len(captured.splitlines()) == 1
    assert not {"\x1b", "\x9b", "\u202e"} & set(captured)


def test_numbers_and_times_stay_what_they_are() -> None:
    assert logs.Redactor().redact({"n": 1, "ok": True, "none": None}) == {"n": 1, "ok": True, "none": None}


def test_the_level_is_that_of_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="warning")
    structlog.get_logger().info("not shown")
    structlog.get_logger().warning("shown")
    assert [event["event"] for event in log_events(capsys)] == ["shown"]


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def events(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [event["event"] for event in log_events(capsys)]


def test_a_line_that_is_repeated_without_end_is_written_some_times_and_then_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    logs.configure(clock=clock)
    log = structlog.get_logger("monitor.x")
    for number in range(1254):
        log.error("no connection", reason=f"attempt {number}")
    assert events(capsys) == ["no connection"] * logs.MAX_REPEATS
    clock.now = logs.REPEAT_WINDOW_SECONDS
    log.info("something else")
    assert events(capsys) == [f"no connection repeated {1254 - logs.MAX_REPEATS} times", "something else"]
    log.error("no connection", reason="once more")
    assert events(capsys) == ["no connection"]


def test_lines_of_libraries_are_counted_too_whatever_numbers_stand_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    logs.configure(clock=clock)
    for number in range(1000):
        logging.getLogger("asyncio").error(
            "socket.accept() out of system resource\nsocket: <fd=%d 0x%x>", number, number
        )
        logging.getLogger("other").error("broke at %d", number)
    lines = events(capsys)
    assert len(lines) == 2 * logs.MAX_REPEATS
    clock.now = logs.REPEAT_WINDOW_SECONDS
    logging.getLogger("other").warning("the end")
    summed = events(capsys)
    assert [line.endswith(f"repeated {1000 - logs.MAX_REPEATS} times") for line in summed] == [True, True, False]


def test_one_feed_does_not_hide_another_nor_one_level_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(clock=Clock())
    log = structlog.get_logger()
    for number in range(300):
        log.warning("feed failed", feed=f"feed-{number}", reason="timeout")
        log.error("configuration refused", problem=f"feeds.yaml:{number}:1: error: C002 unknown key")
    for _ in range(logs.MAX_REPEATS + 1):
        log.warning("feed failed", feed="noisy")
    log.error("feed failed", feed="noisy")
    lines = log_events(capsys)
    assert len(lines) == 600 + logs.MAX_REPEATS + 1
    assert lines[-1]["level"] == "error"


def test_the_count_of_repeated_lines_names_the_feed_and_hides_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    logs.configure(clock=clock, secrets=["XXXXcanaryXXXX"])
    for _ in range(logs.MAX_REPEATS + 3):
        structlog.get_logger("monitor.poll").warning("feed failed", feed="a", address="XXXXcanaryXXXX", password="pw")
    clock.now = logs.REPEAT_WINDOW_SECONDS + 1
    capsys.readouterr()
    structlog.get_logger().info("next")
    summary = log_events(capsys)[0]
    assert (summary["event"], summary["feed"], summary["level"]) == ("feed failed repeated 3 times", "a", "warning")
    assert (summary["logger"], summary["address"], summary["password"]) == ("monitor.poll", "***", "***")


def test_nothing_is_dropped_without_its_count_when_the_log_ends_or_there_are_too_many_kinds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(clock=Clock())
    log = structlog.get_logger()
    for _ in range(logs.MAX_REPEATS + 5):
        log.warning("first", feed="a")
    for number in range(logs._MAX_KINDS):
        log.warning("many", feed=number)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logs.RepeatLimiter)
    assert len(handler._kinds) == logs._MAX_KINDS
    assert "first repeated 5 times" in events(capsys)
    for _ in range(logs.MAX_REPEATS + 7):
        log.warning("last")
    logs.configure()
    assert events(capsys)[-1] == "last repeated 7 times"


def test_what_is_asked_for_by_debug_is_all_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="debug", clock=Clock())
    for _ in range(2 * logs.MAX_REPEATS):
        structlog.get_logger().debug("step")
    assert len(events(capsys)) == 2 * logs.MAX_REPEATS
