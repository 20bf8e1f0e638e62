"""Terms: their normal form, their plurals, and which texts are none."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.matching.index import language_matches
from monitor.core.matching.term_parser import MAX_TERM_WORDS, TermRefusedError, parse_term
from monitor.core.rules.overlaps import contains


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("chip", "chip chips"),
        ("chips", "chip chips"),
        ("policy", "policies policy"),
        ("policies", "policie policies policy"),
        ("day", "day days"),
        ("tax", "tax taxes"),
        ("taxes", "tax taxe taxes"),
        ("veto", "veto vetoes vetos"),
        ("bus", "bus buses"),
        ("ties", "tie ties"),
        ("class", "class classes"),
        ("news", "news newses"),
        ("law", "law laws"),
        ("eu", "eu"),
        ("IA", "ia ias"),
        ("uses", "use uses"),
        ("élan", "elan elans"),
        ("芯片", "片"),
        ("gpt5", "gpt5"),
    ],
)
def test_the_last_word_has_its_regular_plural_and_singular(text: str, forms: str) -> None:
    assert sorted(parse_term(text).last_forms) == forms.split()


def test_only_the_last_word_is_inflected() -> None:
    term = parse_term("export controls office")

    assert (term.words, sorted(term.last_forms)) == (("export", "controls", "office"), ["office", "offices"])


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("open-source", "Open  Source", True),
        ("AI", "A.I.", True),
        ("AI", "ai", False),
        ("AI", "=AI", True),
        ("GPUs", "GPU", True),
        ("=Blackwell", "Blackwell", False),
        ("regulat*", "regulat", False),
        ("AI Act", "ai act", True),
    ],
)
def test_equal_terms_have_equal_keys(one: str, other: str, equal: bool) -> None:
    assert (parse_term(one).key == parse_term(other).key) is equal


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a AND b", "E014"), ("OR b", "E014"), ("...", "E020"), ("", "E020"), ("12", "E020"), ("=", "E020"),
        ("tax*", "E021"), ("a taxi, b*", "E021"), ("word -*", "E022"), ("*", "E020"), ("**regul", "E022"),
        ("w " * 41, "E023"),
    ],
)  # fmt: skip
def test_what_is_no_term_is_refused_with_its_code(text: str, code: str) -> None:
    with pytest.raises(TermRefusedError) as refused:
        parse_term(text)

    assert refused.value.code == code


@pytest.mark.parametrize("text", ["2024/1689", "2025", "5G", "a b", "LAND", "FOR", "ORAND b"])
def test_what_is_odd_but_a_term_is_taken(text: str) -> None:
    assert parse_term(text).words


def test_a_literal_term_has_no_sigils() -> None:
    assert parse_term("=a AND b", literal=True).cased == ()


@given(st.text(max_size=30))
def test_any_text_is_a_term_or_is_refused(text: str) -> None:
    try:
        term = parse_term(text)
    except TermRefusedError:
        return

    assert term.words
    assert parse_term(term.text, literal=True).words


def _term_or_refusal(text: str, lang: tuple[str, ...]) -> object:
    try:
        return parse_term(text, lang=lang)
    except TermRefusedError as refused:
        return refused.code, str(refused)


@given(st.text(alphabet="aOR DNs-éßИя人2'.*", max_size=12), st.sampled_from([(), ("de", "fr")]))
@example("a " * MAX_TERM_WORDS + "a", ())
@example("12", ())
@example("AI", ())
def test_spaces_around_a_term_change_nothing(text: str, lang: tuple[str, ...]) -> None:
    """With a space before it, no term is parsed in the shorter way of plain words."""
    assert _term_or_refusal(text, lang) == _term_or_refusal(f" {text}", lang)


@pytest.mark.parametrize(
    ("longer", "shorter", "held"),
    [
        ("AI chips", "AI", True),
        ("ai chips", "AI", False),
        ("total export bans", "export ban", True),
        ("export ban total", "export bans", True),
        ("export ban", "export ban total", False),
        ("new regulatory act", "regulat*", True),
        ("new regula*", "regulat*", False),
        ("new regulat*", "regula*", True),
        ("export regulat*", "regulat", False),
        ("alpha beta", "beta", True),
        ("=Alpha Beta", "=Alpha", True),
        ("=Alpha Beta", "=alpha", False),
    ],
)
def test_one_term_is_found_wherever_another_is(longer: str, shorter: str, held: bool) -> None:
    assert contains(parse_term(longer), parse_term(shorter)) is held


def test_a_term_of_some_languages_is_not_found_wherever_one_of_all_is() -> None:
    assert contains(parse_term("IA act", lang=("fr",)), parse_term("IA", lang=("es", "fr")))
    assert not contains(parse_term("IA act"), parse_term("IA", lang=("fr",)))


def test_a_rule_of_some_languages_takes_articles_of_these_and_of_unknown_ones() -> None:
    assert language_matches("pt-BR", ["pt"])
    assert not language_matches("pt-BR", ["en"])
    assert all(language_matches(unknown, ["en"]) for unknown in ("", "und", "english"))
