# ruff: noqa: RUF001 - Chinese commas
"""Independent reports of one event join its story; what follows from the event does not. The articles are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.model import Article, FeedId
from monitor.core.stories.clusterer import StoryClusterer
from monitor.core.stories.events import FIRST_ARTICLES, choose_story, compare_events
from monitor.core.stories.fingerprints import StoryFingerprint, event_time
from monitor.core.stories.frequencies import TOTAL, DocumentFrequencies, bounded_idf
from monitor.core.stories.title_kinds import title_kind
from monitor.core.stories.weighted_terms import WeightedTerms, find_terms, split_terms, terms_of_article, weigh
from monitor.core.text.simplified import to_simplified

START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
BID = (
    "Vantor makes 9.4 billion dollar bid for chipmaker Quellon",
    """Vantor has offered 9.4 billion dollars for Quellon, the maker of memory chips, its chief executive Ilse Brandt
    said on Monday. The offer values each Quellon share at 31 dollars. The board of Quellon will meet on Thursday.""",
)
BID_ELSEWHERE = (
    "Quellon receives takeover offer from Vantor worth 9.4 billion",
    """Memory chip producer Quellon said it received an unsolicited offer from rival Vantor of 31 dollars a share. Ilse
    Brandt, who leads Vantor, called the price of 9.4 billion dollars generous. Quellon's board meets on Thursday.""",
)
REACTION = (
    "Unions fear job losses if Vantor buys Quellon",
    """Trade unions at the Dresden plant of Quellon warned that two thousand jobs may go if the takeover is approved.
    They ask the ministry to examine the plan, and announce protests for Saturday in front of the plant.""",
)
MARKET = (
    "Quellon shares jump 22% on bid of Vantor",
    """Shares of Quellon rose 22 percent in early trading after Vantor offered to buy the maker of memory chips. Vantor
    fell 3 percent, while the index of technology stocks gained 0.4 percent. Analysts expect a higher offer.""",
)
SIMPLIFIED = (
    "万特公司出价94亿美元收购芯片制造商奎伦",
    "万特公司周一宣布，拟以94亿美元收购存储芯片制造商奎伦，每股作价31美元。奎伦董事会将于周四开会讨论收购要约。",
)
TRADITIONAL = (
    "萬特擬94億美元收購芯片製造商奎倫",
    "萬特公司周一宣布出價94億美元收購奎倫，每股31美元。製造存儲芯片的奎倫表示，董事會將於周四開會討論收購要約。",
)


def report(
    written: tuple[str, str], feed: str = "a", *, hours: float = 0, language: str = "en", total: int = 0
) -> StoryFingerprint:
    terms = weigh(find_terms(*written), {TOTAL: total})
    return StoryFingerprint(
        title=written[0],
        language=language,
        shingle_hashes=(),
        feed_id=FeedId(feed),
        at=START + timedelta(hours=hours),
        terms=terms.to_bytes(),
    )


@pytest.mark.parametrize("total", [0, 5_000])
@pytest.mark.parametrize(
    ("one", "other", "language"), [(BID, BID_ELSEWHERE, "en"), (SIMPLIFIED, TRADITIONAL, "zh")], ids=["en", "zh"]
)
def test_independent_reports_of_one_event_are_close(one, other, language, total):
    compared = compare_events(
        report(one, language=language, total=total), report(other, "b", hours=2, language=language)
    )
    assert compared.is_close


@pytest.mark.parametrize(("other", "kind"), [(REACTION, "report"), (MARKET, "market move")], ids=["reaction", "market"])
def test_what_follows_from_an_event_is_another_story(other, kind):
    clusterer = StoryClusterer()
    first = add(clusterer, BID, "a")
    assert title_kind(other[0]) == kind
    assert add(clusterer, other, "b", hours=5) != first
    assert add(clusterer, BID_ELSEWHERE, "c", hours=6) == first


def add(clusterer: StoryClusterer, written: tuple[str, str], feed: str, hours: float = 0) -> int:
    at = START + timedelta(hours=hours)
    return clusterer.add(at, replace(report(written, feed, hours=hours), terms=b""), find_terms(*written))


def test_reports_in_different_languages_are_not_compared():
    compared = compare_events(report(BID), report(BID, "b", language="de"))
    assert compared.veto == "different languages"
    assert not compared.is_close


def test_the_same_words_after_three_days_are_another_event():
    assert compare_events(report(BID), report(BID_ELSEWHERE, "b", hours=73)).veto == "more than three days between them"


def test_titles_that_differ_only_in_a_number_are_not_joined_whatever_the_text():
    one, other = (report((f"Committee on wafers, session {number}", BID[1])) for number in (46, 47))
    assert compare_events(one, other).veto == "the titles differ only in a number, a date or a place"


def test_two_issues_of_one_column_are_not_joined():
    one, other = (
        report((f"Chips briefing: {topic}", BID[1])) for topic in ("Quellon bid and tariffs", "Vantor's offer")
    )
    assert compare_events(one, other).veto == "two issues of one column"


def test_a_story_does_not_grow_from_report_to_report():
    """An article that is close to the fourth report only would begin a chain."""
    alike, apart = report(BID_ELSEWHERE, "b"), report(REACTION, "c")
    new = report(BID, "d", hours=3)
    assert choose_story(new, [(1, alike)]) == 1
    assert choose_story(new, [(1, alike), *[(1, apart)] * (FIRST_ARTICLES - 1)]) is None


def test_of_two_stories_the_closer_one_is_joined():
    new = report(BID, "d", hours=3)
    assert choose_story(new, [(1, report(BID_ELSEWHERE, "b")), (2, report(BID, "c"))]) == 2


def test_a_title_alone_reports_no_event():
    assert compare_events(report((BID[0], "")), report(BID)).veto == "one has no text beside its title"


def test_terms_are_stored_and_read_unchanged():
    terms = weigh(find_terms(*SIMPLIFIED), {})
    assert WeightedTerms.from_bytes(terms.to_bytes()) == terms
    assert WeightedTerms.from_bytes(b"") == WeightedTerms()


def test_a_term_is_a_stem_or_a_pair_of_simplified_characters():
    assert split_terms("The tariffs raised by France") == ["tariff", "rais", "franc"]
    assert split_terms("關稅上調") == split_terms("关税上调") == ["关税", "税上", "上调"]
    assert to_simplified("tariffs 關稅") == "tariffs 关税"


def test_boilerplate_is_not_a_part_of_the_lead():
    banner = "Subscribe to our newsletter. "
    article = Article(title=BID[0], text=banner + BID[1], url="", boilerplate=((0, len(banner)),))
    assert terms_of_article(article) == find_terms(*BID)


def test_frequent_terms_weigh_less_than_rare_ones_and_all_rare_ones_the_same():
    assert bounded_idf(900, 1_000) < bounded_idf(100, 1_000) < bounded_idf(1, 1_000)
    assert bounded_idf(0, 0) == bounded_idf(2, 0) == bounded_idf(0, 1_000) == bounded_idf(5, 100_000)


def test_of_many_articles_a_sample_is_counted():
    frequencies = DocumentFrequencies()
    for number in range(10_000):
        frequencies.count([number])
    frequencies.count([])
    assert 2_900 < frequencies.counts[TOTAL] < 3_100


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (None, START),
        (START - timedelta(hours=5), START - timedelta(hours=5)),
        (START + timedelta(hours=5), START),
        (datetime(2026, 11, 1, tzinfo=UTC), START),
    ],
    ids=["none", "earlier", "in the future", "a day without a time"],
)
def test_an_event_is_dated_by_publication_if_that_can_be_right(published, expected):
    assert event_time(published, START) == expected
