"""Back-tests: what a rule would have found in the archive, and what an edit of it gains and loses."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from archive_samples import DAY, NOW, RULES, SampleArticle, book, lab, store_samples

from monitor.core.errors import UsageError
from monitor.core.matching.matcher import Matcher

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.core.lab.backtests import Backtest
    from monitor.store import Store

COPY = (
    "The ministry said on Monday that export controls on every AI chip will be widened by the end of the year, and that"
    " licences already given stay in force until they run out, as companies in the ports of the north had asked for in"
    " a letter that was sent to the minister in early spring and was signed by forty of them."
)
ARCHIVE = [
    SampleArticle("Ministry widens export controls", COPY, days_ago=20),
    SampleArticle("Controls widened, ministry says", COPY, feed="meridian-wire", days_ago=19.5),
    SampleArticle("Export ban on GPUs in the south", days_ago=13),
    SampleArticle("GPUs are dear", days_ago=12),
    SampleArticle("Horoscope: an export ban on GPUs", days_ago=5),
    SampleArticle("Timber trade grows", days_ago=4),
    SampleArticle("Export controls on the AI chip, again", days_ago=1),
]


def record(
    store: Store, rule_id: str = "chip-controls", *, days: float = 90, rules: str = RULES, **options
) -> Backtest:
    return lab(store, book(rules)).backtest(rule_id, since=NOW - days * DAY, now=NOW, **options)


def test_counts_hits_stories_and_the_share_of_the_archive(any_store: Store) -> None:
    store_samples(any_store, ARCHIVE)
    found = record(any_store)
    assert (found.articles, found.hits, found.stories) == (7, 4, 3)
    assert found.share == pytest.approx(4 / 7)
    assert any_store.hits() == []


def test_counts_by_week_and_leaves_no_week_out(store: Store) -> None:
    store_samples(store, ARCHIVE)
    weeks = record(store).weeks
    assert [(week.start, week.articles, week.hits, week.stories) for week in weeks] == [
        (date(2026, 11, 2), 2, 2, 1),
        (date(2026, 11, 9), 2, 1, 1),
        (date(2026, 11, 16), 2, 0, 0),
        (date(2026, 11, 23), 1, 1, 1),
    ]


def test_a_backtest_reads_no_article_from_before_since(store: Store) -> None:
    store_samples(store, ARCHIVE)
    assert record(store, days=6).articles == 3


def test_an_empty_archive_gives_an_empty_record(store: Store) -> None:
    found = record(store)
    assert (found.articles, found.hits, found.share, found.weeks, found.warnings) == (0, 0, 0.0, (), ())


def test_counts_the_articles_in_which_each_term_stands(store: Store) -> None:
    store_samples(store, ARCHIVE)
    counts = {count.term.text: (count.articles, count.hits) for count in record(store).terms}
    assert counts == {
        "export control": (3, 3),
        "export ban": (2, 1),
        "AI chip": (3, 3),
        "GPU": (3, 1),
        "horoscope": (1, 0),
    }


def test_names_the_rules_that_find_the_same_articles(store: Store) -> None:
    store_samples(store, ARCHIVE)
    (overlap,) = record(store).overlaps
    assert (overlap.rule_id, overlap.both, overlap.theirs) == ("gpus", 1, 3)


def test_shows_the_newest_hits_with_their_evidence(store: Store) -> None:
    store_samples(store, ARCHIVE)
    newest = record(store).samples[0]
    assert newest.title == "Export controls on the AI chip, again"
    assert newest.match.rule_id == "chip-controls"
    assert [each.as_written for each in newest.match.evidence] == ["Export controls", "AI chip"]


def test_runs_a_draft_without_storing_anything(store: Store) -> None:
    store_samples(store, ARCHIVE)
    assert record(store, rules=RULES.replace("status: live", "status: draft")).hits == 4
    assert store.hits() == []


def test_a_backtest_reports_when_a_spike_would_have_been_alerted(store: Store) -> None:
    rules = RULES.replace("priority: urgent", "priority: urgent\n    spike: {stories: 2, within: 10d, min_sources: 2}")
    store_samples(store, ARCHIVE)
    (peak,) = record(store, rules=rules).peaks
    assert (peak.at, peak.stories, peak.sources) == (NOW - 13 * DAY, 2, 2)


def test_names_a_term_that_makes_the_rule_too_broad(store: Store) -> None:
    store_samples(store, [SampleArticle(f"GPU number {number} is out", days_ago=2) for number in range(15)])
    assert [str(problem) for problem in record(store, "gpus").warnings] == [
        "rules/chips.yaml:19:11: warning: W101 'GPU' alone is too broad: it occurs in 100.0 % of the archive"
    ]


def test_names_a_rule_that_never_matches(store: Store) -> None:
    store_samples(store, [SampleArticle("Timber trade grows"), SampleArticle("Fish trade grows")])
    (warning,) = record(store).warnings
    assert str(warning) == (
        "rules/chips.yaml:6:5: warning: W107 rule 'chip-controls' has no match in 90 days (2 articles); "
        "are its terms those that the sources use?"
    )


def test_refuses_an_unknown_rule(store: Store) -> None:
    with pytest.raises(UsageError, match="did you mean 'gpus'"):
        record(store, "gpu")


# ---------------------------------------------------------------- against another version


def record_edit(store: Store, folder: Path, now: str, rule_id: str = "chip-controls") -> Backtest:
    """Write the rules as they were to a file, and back-test the edited ones against it."""
    before = folder / "before.yaml"
    before.write_text(RULES)
    edited = lab(store, book(now), folder=folder)
    return edited.backtest(rule_id, since=NOW - 90 * DAY, now=NOW, against=str(before))


def test_tells_what_an_edit_gains_and_loses(any_store: Store, tmp_path: Path) -> None:
    store_samples(any_store, ARCHIVE)
    now = RULES.replace("controls: [export control, export ban]", "controls: [export ban]").replace(
        "[horoscope]", "[tarot]"
    )
    found = record_edit(any_store, tmp_path, now)
    against = found.against
    assert against is not None
    assert (against.state, against.hits, found.hits, against.gained, against.lost) == ("changed", 4, 2, 1, 3)
    assert [sample.title for sample in against.gained_samples] == ["Horoscope: an export ban on GPUs"]
    assert [sample.title for sample in against.lost_samples] == [
        "Export controls on the AI chip, again",
        "Controls widened, ministry says",
        "Ministry widens export controls",
    ]
    assert [evidence.as_written for evidence in against.lost_samples[0].match.evidence] == [
        "Export controls",
        "AI chip",
    ]
    assert [(week.hits, week.hits_before) for week in found.weeks] == [(0, 2), (1, 1), (1, 0), (0, 1)]


def test_says_that_an_edit_of_words_alone_changes_nothing(store: Store, tmp_path: Path) -> None:
    store_samples(store, ARCHIVE)
    now = RULES.replace("title: Export controls on chips", "title: Chips and their export")
    found = record_edit(store, tmp_path, now)
    assert found.against is not None
    assert (found.against.state, found.against.hits, found.against.gained, found.against.lost) == ("same", 4, 0, 0)
    assert [(week.hits, week.hits_before) for week in found.weeks] == [(2, 2), (1, 1), (0, 0), (1, 1)]


def test_a_rule_that_was_not_there_gains_all_that_it_finds(store: Store, tmp_path: Path) -> None:
    store_samples(store, ARCHIVE)
    now = RULES.replace("id: chip-controls", "id: chip-export")
    found = record_edit(store, tmp_path, now, "chip-export")
    assert found.against is not None
    assert (found.against.state, found.against.hits, found.against.gained, found.against.lost) == ("new", 0, 4, 0)
    assert len(found.against.gained_samples) == 4


# ---------------------------------------------------------------- processes


def test_several_processes_find_what_one_finds(any_store: Store) -> None:
    many = [
        SampleArticle(
            f"{'Export ban on GPUs' if number % 9 == 0 else 'Timber'} no. {number}", days_ago=80 - number // 20
        )
        for number in range(800)
    ]
    store_samples(any_store, many)
    done: list[tuple[int, int | None]] = []
    rules = book()
    one = lab(any_store, rules).backtest("chip-controls", since=NOW - 90 * DAY, now=NOW)
    two = lab(any_store, rules, workers=2).backtest(
        "chip-controls", since=NOW - 90 * DAY, now=NOW, progress=lambda count, total: done.append((count, total))
    )
    assert two == one
    assert one.hits == 89
    assert done == [(250, 800), (500, 800), (750, 800), (800, 800)]


def test_an_archive_in_memory_is_read_in_this_process() -> None:
    from monitor.store import open_store

    store = open_store("sqlite://", migrate=True)
    store_samples(
        store, [SampleArticle(f"Export ban on GPUs no. {number}", days_ago=30 - number // 20) for number in range(300)]
    )
    assert lab(store, workers=2).backtest("gpus", since=NOW - 90 * DAY, now=NOW).hits == 300
    store.close()


def test_backfill_stores_what_several_processes_find_once(store: Store) -> None:
    store_samples(
        store, [SampleArticle(f"Export ban on GPUs no. {number}", days_ago=30 - number // 20) for number in range(300)]
    )
    two = lab(store, workers=2)
    assert two.backfill("gpus", since=NOW - 90 * DAY, now=NOW) == 300
    assert two.backfill("gpus", since=NOW - 90 * DAY, now=NOW) == 0


# ---------------------------------------------------------------- backfill


def test_backfill_stores_hits_marked_and_without_alerts(any_store: Store) -> None:
    store_samples(any_store, ARCHIVE)
    assert lab(any_store).backfill("chip-controls", since=NOW - 90 * DAY, now=NOW) == 4
    hits = any_store.hits(rule="chip-controls")
    assert [hit.title for hit in hits if not hit.backfilled] == []
    assert len(hits) == 4
    assert {hit.found_at for hit in hits} == {NOW}
    assert any_store.hits_to_alert(NOW - DAY, "low") == []


def test_backfill_may_be_repeated_and_leaves_earlier_hits_as_they_are(any_store: Store) -> None:
    before = store_samples(any_store, ARCHIVE[:3], Matcher(book().rules[:1]))
    store_samples(any_store, ARCHIVE[3:])
    assert lab(any_store).backfill("chip-controls", since=NOW - 90 * DAY, now=NOW) == 1
    assert lab(any_store).backfill("chip-controls", since=NOW - 90 * DAY, now=NOW) == 0
    kept = [hit for hit in any_store.hits() if not hit.backfilled]
    assert sorted(kept, key=lambda hit: hit.id) == sorted(before, key=lambda hit: hit.id)


def test_a_rule_that_gives_way_has_no_hit_in_backtest_and_backfill_where_another_rule_has_one(store: Store) -> None:
    store_samples(store, ARCHIVE)
    yielding = RULES.replace("    title: GPUs\n", "    title: GPUs\n    unless_topic: any\n")

    assert record(store, "gpus").hits == 3
    assert record(store, "gpus", rules=yielding).hits == 2
    assert lab(store, book(yielding)).backfill("gpus", since=NOW - 90 * DAY, now=NOW) == 2
    assert {hit.title for hit in store.hits()} == {"GPUs are dear", "Horoscope: an export ban on GPUs"}


def test_a_backfill_reads_no_article_from_before_since(store: Store) -> None:
    store_samples(store, ARCHIVE)
    assert lab(store).backfill("chip-controls", since=NOW - 2 * DAY, now=NOW) == 1


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_backfill_refuses_a_rule_that_is_not_run(status: str, store: Store) -> None:
    rules = book(RULES.replace("status: live", f"status: {status}"))
    with pytest.raises(UsageError, match=f"rule 'chip-controls' is {status}, so it is not run"):
        lab(store, rules).backfill("chip-controls", since=NOW - DAY, now=NOW)


def test_names_the_words_that_a_wildcard_stands_for(store: Store) -> None:
    rules = RULES.replace("any: [GPU, H20]", "any: [regulat*]")
    store_samples(store, [SampleArticle("Regulators regulate"), SampleArticle("A regulation"), SampleArticle("Timber")])
    (count,) = record(store, "gpus", rules=rules).terms
    assert (count.articles, count.words) == (2, ("regulate", "regulation", "regulators"))
