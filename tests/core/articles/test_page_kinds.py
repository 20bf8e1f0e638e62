"""Kinds of pages that publishers all over the world serve: encodings, sizes, minutes, tables, captions."""

import pytest
from page_samples import BODY, TITLE, page

from monitor.core import articles
from monitor.core.model import Entry

WORDS = {
    "shift_jis": "政府は三月に自動意思決定の登録簿を公表し、年末までに各界から意見を募る方針を明らかにした。",
    "euc_jp": "政府は三月に自動意思決定の登録簿を公表し、年末までに各界から意見を募る方針を明らかにした。",
    "gb18030": "政府将于三月公布自动化决策登记册并邀请各界在年底之前提出意见、委员会将在六个地区举行听证会。",
    "big5": "政府將於三月公布自動化決策登記冊並邀請各界在年底之前提出意見、委員會將在六個地區舉行聽證會。",
    "euc_kr": "정부는 삼월에 자동 의사 결정 등록부를 공개하고 연말까지 각계의 의견을 받기로 했다고 밝혔다.",
    "windows-1251": "Правительство опубликует в марте реестр автоматических решений и до конца года соберёт мнения.",
    "iso-8859-2": "Rząd ogłosi w marcu rejestr decyzji automatycznych i do końca roku zbierze uwagi wszystkich stron.",
    "windows-1256": "ستنشر الحكومة في شهر مارس سجلا للقرارات الآلية وتدعو جميع الأطراف إلى تقديم آرائها قبل النهاية",
}


def read(markup: str | bytes, content_type: str = "text/html") -> list[str]:
    body = markup.encode() if isinstance(markup, str) else markup
    article = articles.extract(body, content_type, Entry(key="", title=TITLE))
    return article.text.split("\n\n")


@pytest.mark.parametrize("encoding", WORDS)
@pytest.mark.parametrize("declared", ["header", "page", "nowhere", "wrongly"])
def test_pages_in_the_encodings_of_their_countries_are_read(encoding, declared):
    paragraphs = [f"{number}. {WORDS[encoding]}" for number in range(1, 9)]
    head = f'<meta charset="{encoding}">' if declared == "page" else ""
    header = {"header": f"text/html; charset={encoding}", "wrongly": "text/html; charset=utf-8"}
    assert read(page(paragraphs, head=head).encode(encoding), header.get(declared, "text/html")) == paragraphs


def test_words_that_a_page_allows_to_be_parted_are_whole_in_the_text():
    parted = page([paragraph.replace("register", "reg&shy;is\u00adter") for paragraph in BODY])
    assert read(parted) == BODY


def test_a_page_of_five_megabytes_is_read_to_the_maximum_length_of_a_text():
    paragraphs = [f"In office {number}, {sentence}" for number in range(5_000) for sentence in BODY]
    article = articles.extract(page(paragraphs).encode(), "text/html", Entry(key="", title=TITLE))
    assert article.text.startswith(paragraphs[0])
    assert article.truncated
    assert not article.partial


def test_a_menu_of_five_megabytes_does_not_hide_the_article():
    item = f'<li class="{"item wide " * 50}"><a href="/a">Harbour news</a></li>'
    assert read(page(extra=f'<ul class="all">{item * 9_000}</ul>')) == BODY


def test_questions_and_answers_of_a_parliament_are_read_whole():
    turns = [
        (f"Question {number} (Ilse Varga)", f"{BODY[number % 5]} That is question {number}.") for number in range(30)
    ]
    rows = "".join(f"<dt>{asked}</dt><dd><p>{answer}</p></dd>" for asked, answer in turns)
    text = read(f'<html><body><main><h1>{TITLE}</h1><dl class="qanda">{rows}</dl></main></body></html>')
    assert text == [line for turn in turns for line in turn]


def test_a_transcript_is_read_with_its_speakers_and_short_turns():
    turns = [
        f"{speaker}: {text}" for text in BODY * 3 for speaker, text in (("VARGA", text), ("THE CHAIR", "Thank you."))
    ]
    spoken = "<br><br>".join(turns)
    assert (
        read(f'<html><body><main><h1>{TITLE}</h1><div class="transcript">{spoken}</div></main></body></html>') == turns
    )


def test_a_table_with_its_heading_and_numbers_is_read_by_rows():
    rows = [("State", "Fine", "Since"), ("Varga", "14", "2026"), ("Pier", "9", "2025")]
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    text = read(page(inside=f"<table><caption>Fines by state</caption>{cells}</table>"))
    assert text[1:5] == ["Fines by state", *(" | ".join(row) for row in rows)]


def test_captions_of_pictures_are_not_part_of_the_text():
    picture = "<img src=/x.jpg><figcaption>The Harbour Assembly on the day of the vote. Photo: I. Varga</figcaption>"
    assert read(page(inside=f"<figure>{picture}</figure>")) == BODY
