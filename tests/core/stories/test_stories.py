from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest

from monitor.core.model import Article, FeedId, Tier
from monitor.core.stories import precedence
from monitor.core.stories.copies import Verdict, common_words, compare_copies, containment
from monitor.core.stories.fingerprints import StoryFingerprint, hash_article_shingles, hash_shingles, title_key
from monitor.core.stories.frequencies import DocumentFrequencies
from monitor.core.stories.weighted_terms import find_terms, weigh
from monitor.core.text import words as words_of
from tests.core.stories import text_cases
from tests.core.stories.story_cases import DIFFERENT_ELSEWHERE, DIFFERENT_NEWS, SAME_NEWS
from tests.core.stories.text_cases import DIFFERENT_TEXTS, SAME_TEXTS


def text(seed: int, count: int = 400) -> str:
    return text_cases.prose(seed, count)


def prose(seed: int, count: int) -> list[str]:
    return text(seed, count).split()


def shingle_hashes(body: str, language: str = "") -> tuple[int, ...]:
    return hash_shingles(words_of(body), language)


def article(title: str, body: str = "", feed: str = "one", language: str = "en") -> StoryFingerprint:
    return StoryFingerprint(
        title=title,
        language=language,
        shingle_hashes=shingle_hashes(body, language),
        feed_id=FeedId(feed),
    )


EDITS = {
    "dateline and footer": lambda words: ["GENEVA", "AP", *words, *prose(999, 25)],
    "cut to 70 %": lambda words: [*words[:280], *prose(999, 25)],
    "cut to half": lambda words: [*words[:200], *prose(999, 25)],
    "padded by 40 %": lambda words: [*words[:150], *prose(998, 160), *words[150:]],
    "every twentieth word replaced": lambda words: [w if i % 20 else "edited" for i, w in enumerate(words)],
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_syndicated_copy_is_recognised_whatever_was_done_to_it(edit):
    words = prose(1, 400)
    original, copy = " ".join(words), " ".join(edit(words))
    verdict = compare_copies(article("Wire headline", original), article("Another headline", copy, "two"))
    assert verdict is not None
    assert verdict.reason == "same text"
    assert verdict.score >= 0.5


def test_texts_of_their_own_are_never_the_same_story():
    hashes = [shingle_hashes(text(seed)) for seed in range(100, 140)]
    assert all(containment(a, b) == 0.0 for i, a in enumerate(hashes) for b in hashes[:i])


def test_a_fourth_of_the_hashes_of_a_long_text_and_all_of_a_short_one_are_kept():
    long, short = shingle_hashes(text(1, 800)), shingle_hashes(text(2, 100))
    assert len(short) == 96
    assert 150 < len(long) < 250
    assert all(value % 4 == 0 for value in long)
    assert all(-(2**63) <= value < 2**63 for value in (*long, *short))


def test_the_hashes_of_a_text_do_not_change_between_releases():
    """Stored hashes are compared with new ones: if they differed, no copy of a stored article would be found."""
    values = shingle_hashes(" ".join(f"word{n}" for n in range(40)))
    assert sorted(values)[:2] == [-8984451004980832658, -8370490257737272744]


def test_a_short_text_is_found_in_a_long_one_although_the_long_one_keeps_only_a_fourth():
    words = prose(5, 600)
    assert containment(shingle_hashes(" ".join(words[:90])), shingle_hashes(" ".join(words))) == 1.0


def test_a_text_below_forty_tokens_has_no_hashes_and_its_title_decides():
    assert shingle_hashes(text(1, 39)) == ()
    assert shingle_hashes(text(1, 40)) != ()
    brief = article("Nvidia resumes H20 chip sales to China", text(1, 30))
    same = article("Nvidia resumes H20 chip sales to China - Courier", text(2, 30), "two")
    assert compare_copies(brief, same) == Verdict(reason="same title", score=0.49)


def test_boilerplate_is_not_hashed():
    news, plea = text(1), text(9, 100)
    whole = Article(title="", text=f"{news}\n\n{plea}", boilerplate=((len(news) + 2, len(news) + 2 + len(plea)),))
    assert hash_article_shingles(whole) == shingle_hashes(news)


def test_chinese_text_is_compared_by_eight_characters():
    body = (
        "上海举行的会议讨论了全球治理的行动计划、与会代表提出多项建议、并同意在明年继续磋商相关规则的制定与实施。" * 2
    )
    changed = body.replace("上海", "北京", 1)
    verdict = compare_copies(article("会议", body, language="zh"), article("会议", changed, "two", language="zh"))
    assert verdict is not None
    assert verdict.reason == "same text"


def test_how_a_text_of_mixed_scripts_is_compared_is_settled_by_its_language():
    """The number of hashes shows it: N different tokens have N - 7 runs of eight and N - 4 runs of five."""
    mixed = " ".join([*prose(1, 33), "上海举行的会议讨论了全球治理行动计划与代表提出多项建"])
    assert (len(shingle_hashes(mixed, "zh")), len(shingle_hashes(mixed, "en"))) == (52, 55)
    assert len(shingle_hashes(text(1, 60), "zh")) == 56


def test_two_languages_are_two_stories():
    body = text(1)
    assert compare_copies(article("A", body, language="en"), article("A", body, "two", language="fr")) is None
    assert compare_copies(article("A", body, language=""), article("A", body, "two", language="fr")) is not None


def test_a_round_up_does_not_join_the_story_of_the_news_it_quotes():
    news = text(1, 130)
    round_up = " ".join([news, *prose(2, 900)])
    apart = article("Morning notes", round_up, "two")
    assert compare_copies(article("Italy bans DeepSeek chatbot", news), apart) is None
    named = article("DeepSeek ban and nine other things", round_up, "two")
    assert compare_copies(article("Italy bans DeepSeek chatbot", news), named) is not None


def test_a_paywall_that_two_articles_share_does_not_join_them():
    wall = text(3, 80)
    one, other = article("Meta wins chip appeal", wall), article("Denmark funds quantum lab", wall, "two")
    assert compare_copies(one, other) is None


def test_one_feeds_notices_on_one_template_stay_apart():
    template = prose(1, 300)
    one = article("Notice of hearing: Vesta Robotics merger", " ".join([*prose(2, 20), *template]))
    other = article("Notice of hearing: Orion Semiconductors licence", " ".join([*prose(3, 20), *template]))
    assert compare_copies(one, other) is None


def test_a_correction_in_the_same_feed_is_the_same_story():
    body = text(1)
    one, other = article("Vesta Robotics merger cleared", body), article("Vesta Robotics merger cleared", body + " x")
    verdict = compare_copies(one, other)
    assert verdict is not None
    assert verdict.reason == "same text"


def test_a_weekly_column_in_one_feed_is_a_new_story_each_week():
    one, other = (
        article("Chips, courts and Nvidia gossip", text(1)),
        article("Chips, courts and Nvidia gossip", text(2)),
    )
    assert compare_copies(one, other) is None


def test_without_texts_the_same_telling_title_in_one_feed_is_the_same_story():
    title = "Nvidia resumes H20 chip sales to China"
    assert compare_copies(article(title), article(title)) == Verdict(reason="same title", score=0.49)
    assert compare_copies(article("Press release"), article("Press release")) is None
    assert compare_copies(article("Bulletin, week 27"), article("Bulletin, week 28")) is None


@pytest.mark.parametrize(("one", "other"), SAME_NEWS)
def test_the_same_news_in_other_words_is_one_story(one, other):
    verdict = compare_copies(article(one, text(1)), article(other, text(2), "two"))
    assert verdict is not None
    assert verdict.reason in ("same news", "same title")
    assert verdict.score < 0.5


@pytest.mark.parametrize(("one", "other"), DIFFERENT_NEWS)
def test_news_that_only_sounds_alike_stays_two_stories(one, other):
    assert compare_copies(article(one, text(1)), article(other, text(2), "two")) is None
    assert compare_copies(article(one), article(other, "", "two")) is None


def test_no_two_headlines_of_different_news_are_joined_in_the_whole_set():
    groups = {title: number for number, pair in enumerate(SAME_NEWS) for title in pair}
    for title in (title for pair in DIFFERENT_NEWS for title in pair):
        groups.setdefault(title, len(groups) + 1000)
    joined = [
        (one, other)
        for one, other in combinations(groups, 2)
        if groups[one] != groups[other] and compare_copies(article(one), article(other, "", "two"))
    ]
    assert joined == []


@pytest.mark.parametrize(("one", "other", "language"), DIFFERENT_ELSEWHERE)
def test_headlines_of_other_languages_that_differ_in_one_name_stay_two_stories(one, other, language):
    assert compare_copies(article(one, language=language), article(other, "", "two", language)) is None


@pytest.mark.parametrize("feeds", [("one", "one"), ("one", "two")], ids=["in one feed", "in two"])
@pytest.mark.parametrize("pair", DIFFERENT_TEXTS.values(), ids=DIFFERENT_TEXTS.keys())
def test_texts_that_are_much_alike_are_two_stories_where_they_tell_other_news(pair, feeds):
    one, other = (article(*each, feed, pair.language) for each, feed in zip(pair[:2], feeds, strict=True))
    assert compare_copies(one, other) is None
    assert compare_copies(other, one) is None


@pytest.mark.parametrize("pair", SAME_TEXTS.values(), ids=SAME_TEXTS.keys())
def test_a_copy_is_a_copy_whatever_was_done_to_its_title(pair):
    one, other = article(*pair.one, "one", pair.language), article(*pair.other, "two", pair.language)
    verdict, turned = compare_copies(one, other), compare_copies(other, one)
    assert verdict is not None
    assert verdict == turned
    assert verdict.reason == "same text"


def test_a_summary_in_words_of_its_own_is_joined_by_its_title():
    title = "The quiet reach of Brightwave into village schools"
    brief, whole = article(title, text(1, 60)), article(title, text(2, 600), "two")
    assert compare_copies(brief, whole) == Verdict(reason="same title", score=0.49)


def test_titles_in_other_languages_must_agree_almost_wholly():
    one = article("L'Italie interdit le robot conversationnel DeepSeek pour protéger les données", language="fr")
    near = article("L'Irlande interdit le robot conversationnel DeepSeek aux fonctionnaires", "", "two", language="fr")
    same = article("DeepSeek: l'Italie interdit le robot conversationnel, données à protéger", "", "two", language="fr")
    assert compare_copies(one, near) is None
    assert compare_copies(one, same) is not None


def test_words_of_many_titles_do_not_join():
    one, other = SAME_NEWS[4]
    common = {"nvidia", "h20", "chip", "sale", "china", "resume"}
    assert compare_copies(article(one), article(other, "", "two"), common) is None


def test_quotations_in_common_lower_what_titles_must_share():
    one, other = prose(1, 400), prose(2, 400)
    quoted = [*other[:300], *one[:100]]
    titles = (
        "Vesta and Orion join robot arms despite qualms in Ruritania",
        "Vesta, Orion robot alliance of arms firms alarms Zembla",
    )
    assert compare_copies(article(titles[0], " ".join(one)), article(titles[1], " ".join(other), "two")) is None
    assert compare_copies(article(titles[0], " ".join(one)), article(titles[1], " ".join(quoted), "two")) is not None


def test_a_general_title_has_no_key():
    assert title_key("Press release") is None
    assert title_key("Daily news") is None
    key = title_key("Nvidia resumes H20 chip sales to China")
    assert key is not None
    assert -(2**63) <= key < 2**63
    assert key == title_key("NVIDIA resumes H20 chip sales to China | Courier")


def test_a_short_title_has_a_key_with_its_address():
    assert title_key("Press release", "https://example.org/1") != title_key("Press release", "https://example.org/2")
    assert title_key("Press release", "https://example.org/1") is not None


def test_words_of_many_articles_are_common():
    terms, frequencies = find_terms("Nvidia sues rival over wafers", ""), DocumentFrequencies()
    for _ in range(100):
        frequencies.count(find_terms("Nvidia", "").hashes)
    assert common_words("Nvidia sues rival over wafers", weigh(terms, frequencies.counts)) == {"nvidia"}


@pytest.mark.parametrize("feed", ["one", "two"])
def test_the_same_page_in_two_feeds_is_one_story_even_without_its_text(feed):
    one, other = article("Ctrip unveils"), article("Ctrip unveils", feed=feed)
    assert compare_copies(one, other) is None
    one, other = (replace(each, url="https://example.org/ctrip") for each in (one, other))
    assert compare_copies(one, other) == Verdict(reason="same page", score=1.0)


def test_the_best_source_comes_first_and_then_the_earliest():
    early, late = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    order = sorted(
        [(Tier.PRESS, early), (None, early), (Tier.OFFICIAL, late), (Tier.PRESS, late)], key=lambda a: precedence(*a)
    )
    assert order == [(Tier.OFFICIAL, late), (Tier.PRESS, early), (Tier.PRESS, late), (None, early)]
