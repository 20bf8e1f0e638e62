import pytest
from page_samples import pdf as make_pdf

from monitor.core.articles import pdf


def test_lines_are_joined_into_paragraphs_and_hyphens_undone():
    title, text = pdf.extract_text(make_pdf("The regis-\nter opens in\nMarch.\nHearings follow.", title="Minutes"))
    assert title == "Minutes"
    assert text == "The register opens in March.\n\nHearings follow."


def test_a_pdf_without_a_title_has_none():
    assert pdf.extract_text(make_pdf("Words."))[0] == ""


def test_only_so_many_pages_and_characters_are_read():
    assert pdf.extract_text(make_pdf("Words."), max_pages=0)[1] == ""
    assert pdf.extract_text(make_pdf("Words."), max_chars=1)[1] == "Words."


@pytest.mark.parametrize(
    "broken", [b"%PDF-1.4", b"%PDF-1.4\nnothing\n%%EOF", make_pdf("x")[:200], b"%PDF-" + b"\0" * 500]
)
def test_a_broken_file_is_refused_with_a_reason(broken):
    with pytest.raises(ValueError, match=r"\w+: "):
        pdf.extract_text(broken)
