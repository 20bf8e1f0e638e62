"""The ledger: everything is in one count, equal counts balance, and any wrong count is a difference."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import ledger
from monitor.core.ledger import CHECKS, MEANINGS, NextDigest, Recipients
from monitor.core.model import (
    PRIORITIES,
    STATUSES,
    AlertConfig,
    DigestConfig,
    EntryCounts,
    Feed,
    HitClaim,
    LedgerCounts,
    LedgerHit,
    StoredCounts,
    Tier,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NUMBERS = st.integers(0, 5)
REASONS = st.sampled_from(["", "max_stories", "max_per_day"])
CLAIMS = st.builds(HitClaim, consumer=st.sampled_from(["alerts", "digest:a"]), notified=st.booleans(), reason=REASONS)
HITS = st.builds(
    LedgerHit,
    id=NUMBERS,
    found_at=st.integers(-24 * 20, 24 * 2).map(lambda hours: NOW + hours * HOUR),
    rule_id=st.sampled_from(["r", "s"]),
    topic=st.sampled_from(["t", "u"]),
    priority=st.sampled_from(PRIORITIES),
    status=st.sampled_from(STATUSES),
    feed_id=st.sampled_from(["f", "g"]),
    language=st.sampled_from(["", "en", "fr"]),
    backfilled=st.booleans(),
    claims=st.lists(CLAIMS, max_size=2).map(tuple),
)
DIGESTS = st.builds(
    DigestConfig,
    id=st.just("a"),
    title=st.just("A"),
    schedule=st.just("0 8 * * *"),
    timezone=st.just("UTC"),
    topics=st.sampled_from([(), ("t",)]),
    rules=st.sampled_from([(), ("r",)]),
    feeds=st.sampled_from([(), ("f",)]),
    tiers=st.sampled_from([(), (Tier.PRESS,)]),
    languages=st.sampled_from([(), ("en",)]),
    min_priority=st.sampled_from(PRIORITIES),
    channels=st.sampled_from([(), ("outbox",)]),
)
RECIPIENTS = st.builds(
    Recipients,
    digests=st.lists(st.builds(NextDigest, config=DIGESTS, looks_back_to=st.just(NOW - 7 * DAY)), max_size=2),
    alerts=st.builds(
        AlertConfig, channels=st.sampled_from([(), ("outbox",)]), min_priority=st.sampled_from(PRIORITIES)
    ),
    rules_with_channels=st.sampled_from([frozenset(), frozenset({"r"})]),
    feeds=st.just({"f": Feed(id="f", url="https://f.example", tier=Tier.OFFICIAL)}),
)


@st.composite
def sound_counts(draw) -> LedgerCounts:
    """Generate counts as a program without a bug makes them."""
    decided = {field.name: draw(NUMBERS) for field in fields(EntryCounts) if field.name != "seen"}
    entries = {name: draw(NUMBERS) for name in ("new", "edited", "same_text", "stored_before")}
    hits = tuple(draw(st.lists(HITS, max_size=6)))
    articles, known_hits, claimed, messages = draw(NUMBERS), draw(NUMBERS), draw(NUMBERS), draw(NUMBERS)
    deliveries = {state: draw(NUMBERS) for state in ("queued", "sending", "sent", "dead")}
    stored = StoredCounts(
        **entries,
        articles=articles,
        matches=len(hits) + known_hits,
        hits=len(hits),
        known_hits=known_hits,
        messages=messages,
        deliveries=sum(deliveries.values()),
    )
    return LedgerCounts(
        since=NOW - DAY,
        until=NOW,
        entries=EntryCounts(seen=sum(decided.values()) + sum(entries.values()), **decided),
        stored=stored,
        entry_rows=stored.new,
        article_rows=articles,
        matched=draw(st.integers(0, articles)),
        partial=draw(NUMBERS),
        hits=hits,
        claimed_by_runs=claimed,
        claim_rows=claimed,
        message_rows=messages,
        deliveries=deliveries,
        unclear=draw(NUMBERS),
    )


@given(sound_counts(), RECIPIENTS)
def test_every_count_is_in_one_line_that_has_a_meaning(counts, recipients):
    made = ledger.balance(counts, NOW - DAY, recipients, NOW)
    assert made.differences == ()
    for account in made.accounts:
        assert account.lines[0].kind == "total"
        parts = [line for line in account.lines[1:] if line.kind != "of_which"]
        assert sum(line.count for line in parts) == account.total
        assert {line.item for line in account.lines} <= MEANINGS.keys()
    assert made.account("hits").total == len(counts.hits)


PARTS = [("entries", field.name) for field in fields(EntryCounts)] + [("stored", f.name) for f in fields(StoredCounts)]
ROWS = ["entry_rows", "entries_without_article", "article_rows", "claimed_by_runs", "claim_rows", "message_rows"]


@given(sound_counts(), st.sampled_from([*PARTS, *ROWS, "hits", "deliveries"]), st.integers(1, 3))
def test_any_count_that_is_off_is_a_difference_that_says_what_to_do(counts, place, by):
    match place:
        case (part, name):
            value = getattr(counts, part)
            off = replace(counts, **{part: replace(value, **{name: getattr(value, name) + by})})
        case "hits":
            off = replace(counts, hits=(*counts.hits, *[a_hit()] * by))
        case "deliveries":
            off = replace(counts, deliveries={**counts.deliveries, "lost": by})
        case name:
            off = replace(counts, **{name: getattr(counts, name) + by})
    differences = ledger.balance(off, NOW - DAY, Recipients(), NOW).differences
    assert differences
    for each in differences:
        assert each.check in CHECKS
        assert ledger.describe_difference(each).startswith("the ledger does not balance: ")


def a_hit(*claims: HitClaim, **changes) -> LedgerHit:
    hit = LedgerHit(
        id=1, found_at=NOW - HOUR, rule_id="r", topic="t", priority="urgent", status="live", feed_id="f",
        language="en", backfilled=False, claims=claims,
    )  # fmt: skip
    return replace(hit, **changes)


def a_digest(**filters) -> NextDigest:
    config = DigestConfig(id="a", title="A", schedule="0 8 * * *", timezone="UTC", channels=("outbox",))
    return NextDigest(config=replace(config, **filters), looks_back_to=NOW - 7 * DAY)


def claimed(consumer: str = "digest:a", *, notified: bool = True, reason: str = "") -> HitClaim:
    return HitClaim(consumer=consumer, notified=notified, reason=reason)


FEEDS = {"f": Feed(id="f", url="https://f.example", tier=Tier.OFFICIAL)}


def outcome(account: str, hit: LedgerHit, *digests: NextDigest, **alerts) -> tuple[str, str]:
    """Return kind and item of the line that counts the hit."""
    counts = LedgerCounts(since=NOW - DAY, until=NOW, hits=(hit,))
    recipients = Recipients(digests=digests, alerts=AlertConfig(**alerts), feeds=FEEDS)
    _total, line = ledger.balance(counts, NOW - DAY, recipients, NOW).account(account).lines
    return line.kind, line.item


@pytest.mark.parametrize(
    ("hit", "digests", "expected"),
    [
        (a_hit(claimed()), [], ("notified", "notified")),
        (a_hit(claimed("alerts")), [], ("notified", "notified")),
        (a_hit(claimed(reason="max_stories")), [a_digest()], ("held_back", "max_stories")),
        (a_hit(claimed(reason="max_per_day")), [a_digest()], ("held_back", "max_per_day")),
        (a_hit(claimed("digest:b"), claimed(reason="max_stories")), [a_digest()], ("notified", "notified")),
        (a_hit(claimed("alerts", notified=False, reason="cooldown")), [a_digest()], ("waiting", "waiting")),
        (a_hit(), [a_digest()], ("waiting", "waiting")),
        (a_hit(), [a_digest(topics=("u",)), a_digest()], ("waiting", "waiting")),
        (a_hit(), [], ("held_back", "no_digest")),
        (a_hit(), [a_digest(channels=())], ("held_back", "no_channel")),
        (a_hit(status="test"), [a_digest()], ("held_back", "rule_status")),
        (a_hit(), [a_digest(topics=("u",))], ("held_back", "topics")),
        (a_hit(), [a_digest(rules=("s",))], ("held_back", "rules")),
        (a_hit(), [a_digest(feeds=("g",))], ("held_back", "feeds")),
        (a_hit(), [a_digest(languages=("fr",))], ("held_back", "languages")),
        (a_hit(), [a_digest(tiers=(Tier.PRESS,))], ("held_back", "tiers")),
        (a_hit(priority="low"), [a_digest(min_priority="high")], ("held_back", "min_priority")),
        (a_hit(found_at=NOW - 8 * DAY), [a_digest()], ("held_back", "past_lookback")),
        (a_hit(priority="low"), [a_digest(rules=("s",)), a_digest(min_priority="high")], ("held_back", "min_priority")),
    ],
)  # fmt: skip
def test_each_hit_has_the_reason_that_decides(hit, digests, expected):
    assert outcome("hits", hit, *digests) == expected


@pytest.mark.parametrize(
    ("hit", "expected"),
    [
        (a_hit(claimed("alerts")), ("notified", "alerted")),
        (a_hit(claimed("alerts", notified=False, reason="cooldown")), ("held_back", "cooldown")),
        (a_hit(claimed("alerts", notified=False, reason="max_per_day")), ("held_back", "max_per_day")),
        (a_hit(claimed("alerts", notified=False, reason="alert_full")), ("held_back", "alert_full")),
        (a_hit(claimed("alerts", notified=False)), ("held_back", "unspecified")),
        (a_hit(backfilled=True), ("held_back", "backfilled")),
        (a_hit(), ("waiting", "collecting")),
        (a_hit(found_at=NOW - 3 * DAY), ("held_back", "too_old")),
    ],
)
def test_each_urgent_hit_has_the_reason_that_decides(hit, expected):
    assert outcome("alerts", hit, channels=("phone",)) == expected


def test_an_urgent_hit_without_a_channel_says_so():
    assert outcome("alerts", a_hit()) == ("held_back", "no_channel")
