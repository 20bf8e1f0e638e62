"""When conditions are reported to the operator: each once when it begins and once when it ends, grouped.

Pure decisions on the conditions of this moment and those that were reported. Urgent conditions are reported at once
together with all others; without an urgent one, an hour passes between two messages. A condition ends when it has been
absent for ten minutes, so that one that comes and goes is not reported each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.counts import count
from monitor.core.messages.operator_conditions import Condition
from monitor.core.model import ReportedCondition
from monitor.core.text import clean_line

MESSAGE_INTERVAL = timedelta(hours=1)
"""Least time between two messages without an urgent condition."""
SETTLE_TIME = timedelta(minutes=10)
"""How long a condition must be absent before it has ended."""
MAX_LISTED_CONDITIONS = 20
"""Conditions that are described in a message; the others are counted."""
NAME_PREFIX = "operator/"
"""The beginning of the names of these messages, which no other notice has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to report now, and the conditions that have been reported afterwards."""

    reported: tuple[ReportedCondition, ...]
    began: tuple[Condition, ...] = ()
    ended: tuple[ReportedCondition, ...] = ()

    @property
    def is_message_due(self) -> bool:
        """True if there is something to report now."""
        return bool(self.began or self.ended)


def plan_notice(
    conditions: Sequence[Condition],
    reported: Sequence[ReportedCondition],
    last_message_at: datetime | None,
    now: datetime,
) -> Decision:
    """Decide what is reported now."""
    present = {condition.key for condition in conditions}
    reported_keys = {each.key for each in reported}
    marked = [_mark(each, now, is_present=each.key in present) for each in reported]
    ended = [each for each in marked if _has_ended(each, now)]
    began = [condition for condition in conditions if condition.is_reported and condition.key not in reported_keys]
    silent = [each for each in ended if not each.announces_end]
    lasting = tuple(each for each in marked if each not in silent)
    announced = tuple(each for each in ended if each.announces_end)
    if not (began or announced) or not _is_message_due(began, last_message_at, now):
        return Decision(reported=lasting)
    kept = tuple(each for each in lasting if each not in announced)
    return Decision(
        reported=kept + tuple(_as_reported(condition, now) for condition in began), began=tuple(began), ended=announced
    )


def _is_message_due(began: Sequence[Condition], last_message_at: datetime | None, now: datetime) -> bool:
    if any(condition.is_urgent for condition in began) or last_message_at is None:
        return True
    return not timedelta(0) <= now - last_message_at < MESSAGE_INTERVAL


def _mark(each: ReportedCondition, now: datetime, *, is_present: bool) -> ReportedCondition:
    if is_present:
        return replace(each, absent_since=None)
    since = each.absent_since
    return replace(each, absent_since=now if since is None or since > now else since)


def _has_ended(each: ReportedCondition, now: datetime) -> bool:
    if each.absent_since is None:
        return False
    return not each.announces_end or now - each.absent_since >= SETTLE_TIME


def _as_reported(condition: Condition, now: datetime) -> ReportedCondition:
    return ReportedCondition(
        key=condition.key,
        title=condition.title,
        since=condition.since,
        reported_at=now,
        announces_end=condition.announces_end,
    )


def compose_notice(decision: Decision, now: datetime) -> tuple[str, str, str]:
    """Return name, subject and text of the message."""
    began, ended = decision.began, decision.ended
    counts = [count(len(began), "new problem")] if began else []
    counts += [f"{len(ended)} resolved"] if ended else []
    titles = [condition.title for condition in began] + [each.title for each in ended]
    subject = clean_line(f"Operator: {', '.join(counts)}: {titles[0]}", limit=160)
    lines: list[str] = []
    for condition in began[:MAX_LISTED_CONDITIONS]:
        lines += [f"- {_sentence(condition.title)}", f"  {condition.advice}", ""]
    lines += _count_omitted(len(began))
    if ended:
        lines += [
            "Resolved:",
            *(f"- {_sentence(each.title)}" for each in ended[:MAX_LISTED_CONDITIONS]),
            *_count_omitted(len(ended)),
        ]
    last = "Each problem is reported once, and once more when it is resolved. `monitor doctor` shows the present state."
    text = "\n".join(lines).strip("\n")
    return message_name(now), subject, f"{text}\n\n{last}\n"


def message_name(at: datetime) -> str:
    """Return the name of the messages that were composed at an instant, one for each channel."""
    return f"{NAME_PREFIX}{at:%Y-%m-%dT%H%M%S.%fZ}"


def _count_omitted(number: int) -> list[str]:
    more = number - MAX_LISTED_CONDITIONS
    return [f"... and {more} more: `monitor feeds health`"] if more > 0 else []


def _sentence(title: str) -> str:
    return f"{title[:1].upper()}{title[1:]}."
