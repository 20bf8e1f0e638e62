"""What each part of the rule language finds, and what a match contains."""

# ruff: noqa: RUF001
from __future__ import annotations

import pytest

from monitor.core.matching.evidence import excerpt_bounds
from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Match, Source, Tier
from tests.core.rule_samples import HEAD, book, find, hits, matcher

LONG_LEAD = "x " * 60 + "\n\n"
"""The first paragraph of a text, so long that the lead ends with it."""

ANY = "  any: [{}]\n"


def one(term: str) -> str:
    return f"  any: [{term}]\n"


# ---------------------------------------------------------------- terms


@pytest.mark.parametrize(
    ("term", "title", "found"),
    [
        ("export control", "Export controls widen", True),
        ("export controls", "An export control", True),
        ("export control", "Export—Control", True),
        ("export control", "export of control", False),
        ("export control", "export-controlled", False),
        ("policy", "New policies", True),
        ("policies", "One policy", True),
        ("tax", "Two taxes", True),
        ("agency", "Agencies meet", True),
        ("news", "New rules", False),
        ("law", "laws", True),
        ("law", "lawyer", False),
        ("veto", "vetoes and vetos", True),
        ("EU’s AI Act", "eu ai act", True),
        ("open-source", "Open source", True),
        ("regulat*", "Regulatory", True),
        ("regulat*", "deregulate", False),
        ("World AI Cooperation Organi*", "world AI cooperation organisation", True),
        ("World AI Cooperation Organi*", "world AI cooperation", False),
        ("élection", "ELECTIONS", True),
        ("人工智能", "人工智能法案", True),
        ("AI", "中国AI监管", True),
        ("règlement sur l’IA", "Le règlement sur l'IA", True),
        ("2024/1689", "Regulation (EU) 2024/1689", True),
    ],
)
def test_a_term_is_a_phrase_of_words_whatever_stands_between_them(term: str, title: str, found: bool) -> None:
    assert hits(one(f'"{term}"'), title) is found


@pytest.mark.parametrize(
    ("term", "title", "found"),
    [
        ("AI", "AI rules", True),
        ("AI", "A.I. rules", True),
        ("AI", "ai rules", False),
        ("AI", "Ai rules", False),
        ("AI", "AIs rule", True),
        ("GPU", "GPUs sell", True),
        ("GPU", "gpu prices", False),
        ("GPU", "GPUS SELL OUT", True),
        ("GPUs", "One GPU", True),
        ("AI Act", "the ai act", True),
        ("US", "US rules", True),
        ("US", "it tells us", False),
        ("US", "IT TELLS US ALL", False),
        ("EU", "THE EU TELLS ALL", True),
        ("WHO", "WHO RULES", False),
        ("WHO", "WHO发布人工智能指南", True),
        ("WHO", "Глава WHO заявил о новых правилах", True),
        ("WHO", "منظمة WHO تعلن", True),
        ("WHO", "ГЛАВА WHO ЗАЯВИЛ", False),
        ("=Blackwell", "Blackwell chips", True),
        ("=Blackwell", "blackwell chips", False),
        ("=Blackwell", "two Blackwells", True),
        ("=Blackwell", "BLACKWELL", False),
        ("=Open Source*", "Open SourceForge", True),
        ("हिन्दी*", "हिन्दीभाषी", True),
        ("=Open Source*", "Open sources", False),
        ("=Open Source*", "open Source", False),
        ("=NVIDIA", "Nvidia", False),
        ("nvidia", "NVIDIA", True),
        ("{term: AI, case: any}", "ai rules", True),
        ("{term: Blackwell, case: exact, plural: no}", "Blackwells", False),
        ("{term: chip, plural: no}", "chips", False),
        ("{term: R AND D}", "R and D", True),
        ("{term: =x y}", "x y", True),
    ],
)
def test_capitals_count_for_acronyms_and_where_a_rule_says_so(term: str, title: str, found: bool) -> None:
    assert hits(one(term), title) is found


@pytest.mark.parametrize(("lang", "found"), [("fr", True), ("pt-BR", True), ("en", False), ("", True)])
def test_a_term_of_some_languages_counts_in_these_and_where_the_language_is_unknown(lang: str, found: bool) -> None:
    assert hits(one("{term: loi, lang: [fr, pt]}"), "Une loi", lang=lang) is found
    assert hits(one("{term: IA, lang: [fr, pt]}"), "IA", lang=lang) is found


def test_a_phrase_never_crosses_from_the_title_or_over_a_paragraph() -> None:
    assert not hits(one("export control"), "export", "control")
    assert not hits(one("export control"), "", "export\n\ncontrol")
    assert hits(one("export control"), "", "export\ncontrol")


# ---------------------------------------------------------------- operators


@pytest.mark.parametrize(
    ("body", "title", "found"),
    [
        ("  any: [alpha, beta]\n", "beta", True),
        ("  any: [alpha, beta]\n", "gamma", False),
        ("  all: [alpha, beta]\n", "beta alpha", True),
        ("  all: [alpha, beta]\n", "alpha", False),
        ("  any: [alpha]\n  none: [beta]\n", "alpha", True),
        ("  any: [alpha]\n  none: [beta]\n", "alpha beta", False),
        ("  any: [alpha]\n  all: [beta]\n", "alpha", False),
        ("  at_least: 2\n  of: [alpha, beta, gamma]\n", "alpha gamma", True),
        ("  at_least: 2\n  of: [alpha, beta, gamma]\n", "alpha alpha", False),
        ("  mentions: 2\n  of: [alpha, beta]\n", "alpha, alpha", True),
        ("  mentions: 2\n  of: [alpha, beta]\n", "alpha", False),
        ("  mentions: 2\n  of: [alpha beta, beta]\n", "alpha beta", False),
        ("  near: 2\n  of: [alpha, beta]\n", "alpha x y beta", True),
        ("  near: 2\n  of: [alpha, beta]\n", "beta x y alpha", True),
        ("  near: 2\n  of: [alpha, beta]\n", "alpha x y z beta", False),
        ("  near: 2\n  ordered: yes\n  of: [alpha, beta]\n", "beta alpha", False),
        ("  near: 2\n  ordered: yes\n  of: [alpha, beta]\n", "beta alpha x beta", True),
        ("  near: 0\n  of: [alpha, alpha beta]\n", "alpha beta", False),
        ("  near: 1\n  of: [alpha, {near: 0, of: [beta, gamma]}]\n", "gamma beta x alpha", True),
        ("  near: 0\n  of: [gamma, {near: 3, of: [alpha, beta]}]\n", "gamma alpha alpha beta", True),
        ("  near: 0\n  of: [gamma, {near: 3, of: [alpha, beta]}]\n", "beta beta alpha gamma", True),
        ("  near: 0\n  ordered: yes\n  of: [{near: 3, of: [beta, alpha]}, gamma]\n", "alpha beta beta gamma", True),
        ("  near: 2\n  of: [先进, 管制]\n", "先进芯片的出管制", True),
        ("  near: 1\n  of: [先进, 管制]\n", "先进芯片的管制", False),
        ("  any:\n  - {none: [alpha], all: [beta]}\n", "beta", True),
    ],
)
def test_operators_mean_what_they_say(body: str, title: str, found: bool) -> None:
    assert hits(body, title) is found
    assert hits(body, "", title) is found


def test_near_stays_in_one_paragraph_and_one_zone() -> None:
    body = "  near: 20\n  of: [alpha, beta]\n"

    assert not hits(body, "alpha", "beta")
    assert not hits(body, "", "alpha\n\nbeta")
    assert hits(body, "", "alpha. Beta")


@pytest.mark.parametrize(
    ("unit", "title", "text", "found"),
    [
        ("sentence", "alpha. Beta", "", True),
        ("sentence", "", "Alpha and beta. Gamma.", True),
        ("sentence", "", "Alpha here. Beta there.", False),
        ("sentence", "alpha", "beta", False),
        ("paragraph", "", "Alpha here. Beta there.", True),
        ("paragraph", "", "Alpha here.\n\nBeta there.", False),
    ],
)
def test_same_wants_all_in_one_unit(unit: str, title: str, text: str, found: bool) -> None:
    assert hits(f"  same: {unit}\n  of: [alpha, beta]\n", title, text) is found


@pytest.mark.parametrize(
    ("zone", "found"),
    [("title", "T"), ("lead", "L"), ("body", "LB"), ("url", "U"), ("source", "S"), ("author", "A")],
)
def test_in_looks_in_one_zone_only(zone: str, found: str) -> None:
    places = {
        "T": {"title": "alpha"},
        "L": {"title": "x", "text": "alpha\n\nx\n\ny"},
        "B": {"title": "x", "text": LONG_LEAD + "alpha"},
        "U": {"url": "https://example.org/news/alpha-rules"},
        "S": {"source": "alpha"},
        "A": {"author": "Ann Alpha"},
    }
    body = f"  in: {zone}\n  any: [alpha]\n"

    assert "".join(name for name, article in places.items() if hits(body, **article)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ministers back alpha. More soon.", True),
        ("Ministers meet. They back alpha.", False),
        ("\n\nMinisters back alpha\nas said", True),
        ("Ministers meet\n\nalpha", False),
        ("部长讨论alpha。明天继续", True),
        ("部长开会。讨论alpha", False),
        ("word " * 59 + "alpha", True),
        ("word " * 60 + "alpha", False),
        ("", False),
    ],
)
def test_the_first_sentence_stands_for_a_title_that_is_missing(text: str, found: bool) -> None:
    body = "  in: title\n  any: [alpha]\n"

    match = find(body, "", text)

    assert (match is not None) is found
    assert not hits(body, "A title", text)
    assert match is None or [(each.zone, text[each.start : each.end]) for each in match.evidence] == [("lead", "alpha")]


def test_without_in_only_title_and_body_count_even_where_other_zones_are_read() -> None:
    body = "  any: [alpha, {in: url, any: [beta]}]\n"

    assert not hits(body, "x", url="https://example.org/alpha")
    assert hits(body, "x", url="https://example.org/beta")
    assert hits(body, "alpha")


def test_the_lead_is_whole_paragraphs_until_it_has_sixty_words_and_120_words_at_most() -> None:
    body = "  in: lead\n  any: [alpha]\n"

    assert hits(body, "", "word " * 119 + "alpha")
    assert not hits(body, "", "word " * 120 + "alpha")
    assert hits(body, "", "By A Writer\n\n5 May\n\nShare\n\nalpha")
    assert hits(body, "", "word " * 59 + "\n\nalpha")
    assert not hits(body, "", "word " * 60 + "\n\nalpha")
    assert hits(body, "", "字" * 230 + " alpha")
    assert not hits(body, "", "字" * 240 + " alpha")


def test_the_innermost_zone_wins() -> None:
    body = "  in: title\n  any: [alpha, {in: body, any: [beta]}]\n"

    assert hits(body, "x", "beta")
    assert not hits(body, "x", "alpha")


def test_what_is_ignored_is_invisible_and_the_rest_still_counts() -> None:
    body = "  any: [export control]\n  ignore: [export control classification]\n"

    assert not hits(body, "Export control classification tool")
    assert hits(body, "Export control classification tool", "New export controls.")


def test_what_is_ignored_is_invisible_to_none_too() -> None:
    assert hits("  any: [alpha]\n  none: [beta]\n  ignore: [beta gamma]\n", "alpha beta gamma")


def test_every_occurrence_that_is_near_is_ignored() -> None:
    body = "  any: [alpha]\n  ignore: [{near: 5, of: [alpha, beta]}]\n"

    assert not hits(body, "alpha x alpha beta alpha")
    assert not hits(body.replace("of:", "ordered: yes, of:"), "alpha x alpha beta")
    assert hits(body.replace("of:", "ordered: yes, of:"), "beta alpha")


def test_what_one_rule_ignores_is_hidden_from_no_other() -> None:
    rules = "".join(
        f"- {{id: rule-{at}, title: T, topic: t, any: [alpha], {ignored}}}\n"
        for at, ignored in enumerate(["ignore: [alpha x]", "ignore: [alpha y]", "tags: [t]", "ignore: [alpha x]"])
    )

    matches = Matcher(book(f"rules:\n{rules}").rules).match(Article(title="alpha x", text="Alpha y."), Source())

    assert [(match.rule_id, [each.zone for each in match.evidence]) for match in matches] == [
        ("rule-0", ["lead"]),
        ("rule-1", ["title"]),
        ("rule-2", ["title", "lead"]),
        ("rule-3", ["lead"]),
    ]


def test_overlapping_ignored_phrases_hide_as_one() -> None:
    body = "  any: [alpha]\n  ignore: [x alpha, alpha y, beta]\n"

    assert not hits(body, "x alpha y beta")
    assert hits(body, "x alpha y beta alpha")


def test_a_list_may_hold_any_expression_and_other_lists() -> None:
    lists = "  chips: [GPU, {near: 1, of: [advanced, chip]}]\n  both: [$chips, {all: [alpha, beta]}]\n"

    assert hits("  any: [$both]\n", "advanced new chips", lists=lists)
    assert hits("  any: [$both]\n", "beta alpha", lists=lists)
    assert not hits("  any: [$both]\n", "alpha", lists=lists)
    assert hits("  near: 3\n  of: [$chips, export]\n", "advanced chips export", lists=lists)


def test_a_list_with_a_zone_of_its_own_keeps_it() -> None:
    lists = "  l: [{in: url, any: [alpha]}, {in: title, all: [beta]}]\n"

    assert hits("  any: [$l]\n", "x", url="https://example.org/alpha", lists=lists)
    assert hits("  any: [$l]\n", "beta", lists=lists)


def test_one_rule_ignoring_a_phrase_hides_nothing_from_another() -> None:
    text = HEAD.replace("rules:", "lists: {l: [alpha]}\nrules:") + "  any: [$l]\n  ignore: [alpha beta]\n"
    text += "- {id: other, title: Other, topic: testing, any: [$l]}\n"

    found = Matcher(book(text).rules).match(Article(title="alpha beta", text=""), Source())

    assert [match.rule_id for match in found] == ["other"]


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize(("lang", "found"), [("fr", True), ("fr-BE", True), ("en", False), ("", True)])
def test_a_rule_of_some_languages_never_drops_an_article_whose_language_is_unknown(lang: str, found: bool) -> None:
    assert hits("  any: [alpha]\n  lang: [fr]\n", "alpha", lang=lang) is found


@pytest.mark.parametrize(
    ("wanted", "source", "found"),
    [
        ("{only: [ec-digital]}", Source(id="ec-digital"), True),
        ("{only: [europa.eu]}", Source(id="x", domain="digital-strategy.ec.europa.eu"), True),
        ("{only: [europa.eu]}", Source(id="x", domain="noteuropa.eu"), False),
        ("{only: [official]}", Source(tier=Tier.OFFICIAL), True),
        ("{only: [eu]}", Source(tags=("EU",)), True),
        ("{only: [eu]}", Source(), False),
        ("{only: [eu]}", Source(domain="paper.eu"), False),
        ("{not: [eu]}", Source(domain="paper.eu"), True),
        ("{only: [localhost]}", Source(domain="localhost"), True),
        ("{only: [www.Europa.eu]}", Source(domain="europa.eu"), True),
        ("{not: [press]}", Source(tier=Tier.PRESS), False),
        ("{not: [press]}", Source(tier=Tier.AGENCY), True),
        ("{only: [eu], not: [x]}", Source(id="x", tags=("eu",)), False),
    ],
)
def test_sources_are_known_by_id_domain_tier_or_tag(wanted: str, source: Source, found: bool) -> None:
    made = matcher(f"  any: [alpha]\n  sources: {wanted}\n")

    assert bool(made.match(Article(title="alpha", text=""), source)) is found


@pytest.mark.parametrize(("status", "found"), [("draft", False), ("test", True), ("live", True), ("retired", False)])
def test_drafts_and_retired_rules_are_not_run(status: str, found: bool) -> None:
    assert hits(f"  any: [alpha]\n  status: {status}\n", "alpha") is found


@pytest.mark.parametrize(
    ("title", "text", "found"),
    [
        ("alpha", "", True),
        ("", "alpha", True),
        ("", LONG_LEAD + "alpha", False),
        ("", LONG_LEAD + "alpha, alpha, alpha", True),
    ],
)
def test_prominence_major_wants_title_lead_or_three_mentions(title: str, text: str, found: bool) -> None:
    assert hits("  any: [alpha]\n  prominence: major\n", title, text) is found


def test_the_least_prominent_part_of_all_decides() -> None:
    body = "  all: [alpha, beta]\n  prominence: major\n"

    assert not hits(body, "alpha", LONG_LEAD + "beta")
    assert hits(body, "alpha", LONG_LEAD + "beta beta beta")


# ---------------------------------------------------------------- the match


def _found(body: str, title: str = "", text: str = "", **more: str) -> Match:
    match = find(body, title, text, **more)
    assert match is not None
    return match


@pytest.mark.parametrize(
    ("text", "score", "prominence"),
    [("alpha", 3.0, "major"), (LONG_LEAD + "alpha", 1.0, "passing"), (LONG_LEAD + "alpha alpha", 2.0, "passing"),
     ("alpha " + LONG_LEAD + "alpha alpha alpha", 5.0, "major")],
)  # fmt: skip
def test_the_score_weighs_title_lead_and_mentions(text: str, score: float, prominence: str) -> None:
    match = _found("  any: [alpha]\n", "", text)

    assert (match.score, match.prominence) == (score, prominence)
    assert _found("  any: [alpha]\n", "alpha", text).score == score + 3


def test_an_official_source_weighs_a_fifth_more() -> None:
    made = matcher("  any: [alpha]\n")

    scores = [made.match(Article(title="alpha", text=""), source)[0].score
              for source in (Source(), Source(tier=Tier.OFFICIAL), Source(tags=("official",)))]  # fmt: skip

    assert scores == [3.0, 3.6, 3.6]


def test_mentions_that_overlap_are_one() -> None:
    assert _found("  any: [AI chip, chip]\n", "", LONG_LEAD + "AI chip").score == 1


def test_what_stands_in_the_address_says_nothing_of_prominence() -> None:
    match = _found("  all: [alpha, {in: url, any: [beta]}]\n", "alpha", url="https://example.org/beta")

    assert match.score == 3
    assert _found("  in: url\n  any: [beta]\n", "x", url="https://example.org/beta").score == 0
    assert _found("  in: url\n  any: [beta]\n", "x", url="https://example.org/beta/beta").score == 0


@pytest.mark.parametrize(
    ("body", "branch"),
    [
        ("  any: [alpha, beta]\n", "any[1]"),
        ("  any: [gamma, beta]\n", "any[0]"),
        ("  any: [gamma, {all: [beta, gamma]}]\n", "any[0]"),
        ("  any: [alpha, {near: 3, of: [beta, gamma]}]\n", "any[1] near"),
        ("  any: [{all: [beta, gamma]}, beta]\n", "any[0] all"),
        ("  all: [beta, gamma]\n", "all"),
        ("  any: [beta]\n  none: [alpha]\n", "any[0]"),
        ("  any: [beta]\n  all: [gamma]\n", "any[0] + all"),
        ("  in: title\n  any: [beta]\n", "in title any[0]"),
        ("  at_least: 2\n  of: [alpha, beta, gamma]\n", "at_least 2"),
        ("  mentions: 1\n  of: [beta]\n", "mentions 1"),
        ("  same: sentence\n  of: [beta, gamma]\n", "same sentence"),
        ("  query: alpha OR (beta NEAR/3 gamma)\n", "any[1] near"),
        ("  any: [{all: [$l, beta]}]\n", "any[0] all"),
        ("  any: [$deep]\n", "any[0] $deep any[1] all"),
    ],
)
def test_the_branch_says_which_way_the_rule_matched(body: str, branch: str) -> None:
    lists = "  l: [gamma]\n  deep: [alpha, {all: [beta, gamma]}]\n"

    assert _found(body, "beta and gamma", lists=lists).branch == branch


def test_the_best_branch_is_named_and_the_evidence_of_the_others_follows() -> None:
    match = _found("  any: [{all: [alpha]}, {all: [beta]}]\n", "beta", LONG_LEAD + "alpha")

    assert match.branch == "any[1] all"
    assert [each.term for each in match.evidence] == ["beta", "alpha"]


def test_evidence_shows_the_place_the_spelling_and_the_sentence() -> None:
    text = "Intro here.\n\nOn Monday the Commission tightened its EXPORT–CONTROLS on advanced chips. More follows."
    match = _found("  any: [$controls]\n", "T", text, lists="  controls: [export control]\n")

    (each,) = match.evidence
    assert text[each.start : each.end] == each.as_written == "EXPORT–CONTROLS"
    assert (each.term, each.zone, each.list_name) == ("export control", "lead", "controls")
    assert each.sentence == "On Monday the Commission tightened its EXPORT–CONTROLS on advanced chips."
    assert text[each.sentence_start :].startswith(each.sentence)


def test_a_short_sentence_is_shown_with_its_neighbours() -> None:
    match = _found("  any: [alpha]\n", "", "Before it. Alpha came. After it. Last.")

    assert match.evidence[0].sentence == "Before it. Alpha came. After it."


def test_a_sentence_without_end_is_cut_around_the_term() -> None:
    match = _found("  any: [alpha]\n", "", "word " * 1_000 + "alpha " + "word " * 1_000)

    assert len(match.evidence[0].sentence) <= 610
    assert "alpha" in match.evidence[0].sentence


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ((5, 9), (0, 200)),  # a short sentence at the beginning: with the one after it
        ((245, 249), (40, 250)),  # at the end: with the one before it
        ((100, 104), (40, 200)),
        ((45, 230), (40, 230)),  # a place that goes beyond its sentence is shown whole
    ],
)
def test_a_sentence_is_shown_and_more_where_it_is_short(place: tuple[int, int], shown: tuple[int, int]) -> None:
    assert excerpt_bounds([(0, 40), (40, 200), (200, 250)], *place) == shown


def test_a_long_sentence_is_cut_on_both_sides_of_the_term() -> None:
    assert excerpt_bounds([(0, 100), (100, 2_000)], 1_000, 1_010) == (700, 1_300)
    assert excerpt_bounds([(0, 100), (100, 700)], 650, 660) == (100, 700)


def test_evidence_is_at_most_five_places_an_operand_best_zone_first_and_different_terms_before_repetitions() -> None:
    text = "alpha alpha alpha " + LONG_LEAD + "alpha " * 20 + "beta"
    match = _found("  any: [alpha, beta]\n", "alpha", text)

    assert [(each.zone, each.term) for each in match.evidence] == [
        ("title", "alpha"), ("lead", "alpha"), ("lead", "alpha"), ("lead", "alpha"), ("body", "beta"),
    ]  # fmt: skip


def test_the_same_place_is_shown_once() -> None:
    match = _found("  all: [{any: [alpha]}, {any: [alpha, beta]}]\n", "alpha")

    assert len(match.evidence) == 1


def test_near_shows_the_occurrences_that_are_near() -> None:
    match = _found("  near: 2\n  of: [alpha, beta]\n", "", "alpha one two three beta\n\nalpha beta")

    assert [each.start for each in match.evidence] == [26, 32]


def test_near_shows_both_of_two_occurrences_before_one_partner() -> None:
    match = _found("  near: 3\n  of: [alpha, beta]\n", "", "alpha and alpha or beta")

    assert [each.start for each in match.evidence] == [0, 10, 19]


@pytest.mark.parametrize(
    "body",
    [
        "  all: [gamma, {any: [delta, {near: 5, of: [alpha, beta]}]}]\n",
        "  near: 9\n  of: [gamma, {near: 5, of: [beta, {near: 1, of: [alpha, epsilon*]}]}]\n",
    ],
)
def test_of_a_near_within_something_else_the_terms_are_shown_and_not_what_stands_between(body: str) -> None:
    match = _found(body, "", "Gamma said alpha epsilon and then the beta.")

    assert {each.as_written for each in match.evidence} <= {"Gamma", "alpha", "epsilon", "beta"}
    assert {"Gamma", "alpha", "beta"} <= {each.as_written for each in match.evidence}
    assert all(each.term.rstrip("*").casefold() in each.as_written.casefold() for each in match.evidence)


def test_what_an_article_over_the_limit_says_at_its_end_is_not_read() -> None:
    assert not hits("  any: [alpha]\n", "", "x " * 100_000 + "alpha")
    assert hits("  any: [alpha]\n", "", "x " * 99_000 + "alpha")


def test_a_match_has_what_digests_need_of_a_rule() -> None:
    match = _found("  any: [alpha]\n  status: live\n  priority: urgent\n", "alpha")

    assert (match.rule_id, match.topic, match.status, match.priority) == ("the-rule", "testing", "live", "urgent")
    assert len(match.rule_hash) == 64


def test_matches_come_in_the_order_of_the_rules() -> None:
    text = HEAD + "  any: [beta]\n- {id: other, title: Other, topic: testing, any: [alpha, beta]}\n"

    found = Matcher(book(text).rules).match(Article(title="alpha beta", text=""), Source())

    assert [match.rule_id for match in found] == ["the-rule", "other"]


def test_no_rules_match_nothing() -> None:
    assert Matcher(()).match(Article(title="alpha", text=""), Source()) == ()


def test_a_matcher_knows_whether_language_matters() -> None:
    assert not matcher("  any: [alpha]\n").needs_language
    assert matcher("  any: [alpha]\n  lang: [en]\n").needs_language
    assert matcher("  any: [{term: alpha, lang: [en]}]\n").needs_language
    assert matcher("  any: [UN]\n").needs_language, "in some languages it is an article"


TWO_RULES = """version: 1
topics: {chips: Chips, rest: The rest}
rules:
- {id: specific, title: S, topic: chips, status: live, any: [GPU], tests: [{hit: a GPU}, {miss: b}]}
- id: remainder
  title: R
  topic: rest
  status: live
  unless_topic: chips
  any: [law]
  tests: [{hit: a law}, {miss: b}]
"""


@pytest.mark.parametrize(
    ("title", "changes", "found"),
    [
        ("A law", {}, ["remainder"]),
        ("A law on the GPU", {}, ["specific"]),
        ("A law on the GPU", {"unless_topic: chips": "unless_topic: any"}, ["specific"]),
        ("A law on the GPU", {"unless_topic: chips": "unless_topic: [rest]"}, ["specific", "remainder"]),
        ("A law on the GPU", {"topic: chips, status: live": "topic: chips, status: test"}, ["specific", "remainder"]),
        ("A law on the GPU", {"status: live": "status: test"}, ["specific"]),
        ("A law on the GPU", {"any: [GPU]": "any: [GPU], unless_topic: any"}, ["remainder"]),
        ("A law on the GPU", {"any: [GPU]": "any: [GPU], unless_topic: rest"}, ["specific", "remainder"]),
        (
            "A law on the GPU",
            {"any: [GPU]": "any: [GPU], unless_topic: rest", "unless_topic: chips": "unless_topic: any"},
            ["specific"],
        ),
    ],
    ids=[
        "alone",
        "a topic",
        "any topic",
        "another topic",
        "live beside test",
        "test beside test",
        "topics before any",
        "no circles",
        "any after topics",
    ],
)
def test_a_rule_gives_way_to_rules_of_the_topics_it_names(
    title: str, changes: dict[str, str], found: list[str]
) -> None:
    text = TWO_RULES
    for old, new in changes.items():
        text = text.replace(old, new)

    assert [m.rule_id for m in Matcher(book(text).rules).match(Article(title=title, text=""), Source())] == found
