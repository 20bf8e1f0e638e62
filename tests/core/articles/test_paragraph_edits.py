from monitor.core.articles.paragraph_edits import Edit, compare_versions
from monitor.core.model import Article


def article(*paragraphs: str, title: str = "Guidance") -> Article:
    return Article(title=title, text="\n\n".join(paragraphs))


def test_an_edit_shows_the_paragraphs_that_went_and_those_that_came():
    before = article("Providers register.", "Fees are due in May.", "Ask the office.")
    after = article("Providers register.", "Fees are due in June.", "Late fees double.", "Ask the office.")
    assert compare_versions(before, after) == (
        Edit("-", "Fees are due in May."),
        Edit("+", "Fees are due in June."),
        Edit("+", "Late fees double."),
    )


def test_a_new_title_is_an_edit_and_the_same_text_is_none():
    assert compare_versions(article("One."), article("One.", title="New guidance")) == (
        Edit("-", "Guidance"),
        Edit("+", "New guidance"),
    )
    assert compare_versions(article("One."), article("One.")) == ()


def test_a_text_that_comes_or_goes_whole_is_reported_whole():
    assert compare_versions(article(""), article("One.", "Two.")) == (Edit("+", "One."), Edit("+", "Two."))
    assert compare_versions(article("One."), article("")) == (Edit("-", "One."),)
