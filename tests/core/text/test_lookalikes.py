# ruff: noqa: RUF001 - letters that look like others are what this is about
import pytest

from monitor.core.text.lookalikes import domain_to_show

PLAIN = "https://www.gazette.example.co.uk/a"


@pytest.mark.parametrize(
    "title",
    [
        "Η Ελληνική Αρχή Προστασίας Δεδομένων για το AI Act",
        "Правительство утвердило закон об ИИ и IT-компаниях",
        "欧盟通过人工智能法案，ChatGPT和OpenAI的应对",
        "OpenAIがChatGPTの新バージョンをリリース、iPhone版も",
        "네이버, AI법 시행에 HyperCLOVA로 대응",
        "L'intelligence artificielle à l'école, un débat européen",
        "TNFα and NF-κB in cells of 5 μm",
        "المفوضية الأوروبية و AI Act",
        "Հայաստան և AI Act",
    ],
)
def test_ordinary_titles_of_all_languages_are_not_suspicious(title):
    assert domain_to_show(title, PLAIN) == ""


@pytest.mark.parametrize("title", ["Аpple settles", "The Cоmmission decides", "ΟpenAI sued", "Micrоsоft wins"])
def test_a_word_that_mixes_alphabets_shows_the_registrable_domain(title):
    assert domain_to_show(title, PLAIN) == "example.co.uk"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://news.xn--pple-43d.com/a", "xn--pple-43d.com"),
        ("https://www.аpple.com/a", "xn--pple-43d.com"),
        ("https://xn--pple-43d.co.uk:8443/a", "xn--pple-43d.co.uk"),
    ],
)
def test_a_host_beyond_ascii_is_shown_as_dns_knows_it(url, shown):
    assert domain_to_show("Apple settles", url) == shown


@pytest.mark.parametrize("url", ["", "https://[broken", "https://" + "а" * 80 + ".com/"])
def test_an_odd_address_is_no_fault(url):
    assert isinstance(domain_to_show("Аpple", url), str)
