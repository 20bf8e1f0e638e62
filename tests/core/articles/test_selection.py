"""Which blocks of a page are its article: one invented page for each class of pages that extraction gets wrong."""

import pytest
from page_samples import BODY, TITLE, page

from monitor.core.articles import main_text, parsing
from monitor.core.articles.page_blocks import split_page
from monitor.core.articles.selection import select_blocks, select_clear_article

LONG = [f"In district {n}, {sentence[0].lower()}{sentence[1:]}" for n in range(4) for sentence in BODY[:4]]
PROSE = "".join(f"<p>{paragraph}</p>" for paragraph in BODY)


def read(markup: str) -> list[str]:
    tree, whole = parsing.parse_html(markup)
    assert whole
    return main_text.extract_main_text(tree, (TITLE,)).text.split("\n\n")


def test_an_article_inside_a_menu_button_that_was_never_closed_is_read():
    menu = '<header><a href="#main">Skip to content</a><button class="menu"><svg><path></svg></header>'
    assert read(f"<html><body>{menu}<main><article>{PROSE}</article></main></body></html>") == BODY


def test_an_article_behind_the_end_of_the_page_is_read():
    header = "<header><ul><li><a href='/'>Home</a></li></ul></header></body></html>"
    assert read(f"<html><body>{header}<main><article>{PROSE}</article></main></body></html>") == BODY


def test_teasers_of_other_articles_in_article_elements_are_left_out():
    cards = "".join(
        f'<article><h3><a href="/{n}">Ferry line {n} closes for good</a></h3><span>{n} June</span>'
        f"<p>Passengers of line {n} must take the bus from Monday, since nobody bid for the new contract.</p></article>"
        for n in range(9)
    )
    assert read(page(extra=f'<section class="grid">{cards}</section>')) == BODY


def test_accordions_and_tab_panels_inside_the_article_are_read():
    panels = "".join(
        f'<div class="accordion-item"><h3>Question {n}?</h3><div class="panel" style="display:none"><div>{answer}</div>'
        "</div></div>"
        for n, answer in enumerate(LONG[5:9])
    )
    text = read(page(inside=f'<div class="accordion">{panels}</div>'))
    assert all(answer in text for answer in LONG[5:9])


def test_items_of_a_list_article_are_read_where_the_library_reads_the_introduction_only():
    items = "".join(
        f'<div class="card widget-{n}"><div class="head"><span>{n}</span><h2>Pier {n}</h2></div>'
        f'<div class="text-{n}"><p>{paragraph}</p></div></div>'
        for n, paragraph in enumerate(LONG)
    )
    intro = f'<div class="entry-content"><p>{BODY[0]}</p><p>{BODY[1]}</p></div>'
    text = read(f"<html><body><main><h1>{TITLE}</h1>{intro}<div class='items'>{items}</div></main></body></html>")
    assert all(paragraph in text for paragraph in [*BODY[:2], *LONG])
    assert "Pier 3" in text


def test_page_builders_that_call_every_element_a_widget_hide_nothing():
    widgets = "".join(
        f'<div class="elementor-widget widget-text"><div class="widget-container"><p>{paragraph}</p></div></div>'
        for paragraph in LONG
    )
    assert read(f'<html><body><div class="page sidebar-left header-fixed">{widgets}</div></body></html>') == LONG


def test_more_comments_than_article_are_left_out():
    comments = "".join(f'<li class="comment"><p>{text}</p></li>' for text in LONG * 2)
    markup = page(BODY[:3], extra=f'<ol class="comment-list">{comments}</ol>')
    assert read(markup) == BODY[:3]


def test_a_footer_at_the_end_of_the_page_is_left_out_even_if_it_is_longer_than_the_article():
    legal = "".join(f"<p>{text}</p>" for text in LONG)
    story = f"<main><h1>{TITLE}</h1>{PROSE}</main>"
    assert read(f"<html><body>{story}<div class='site-footer'>{legal * 2}</div></body></html>") == BODY
    theme = f"<div class='footer-reveal'>{legal}</div><div><p>Pier 4</p><p>Tel. 17</p><p>Imprint</p><p>Terms</p></div>"
    assert read(f"<html><body><h1>{TITLE}</h1>{theme}</body></html>") == LONG


def test_newsletter_boxes_share_buttons_bylines_and_captions_are_left_out():
    note = "Ilse Varga and the other correspondents of the Tidewater Post write of all districts of the harbour"
    inside = "".join(
        f'<div class="{name}"><p>{name}: {note}</p></div>' for name in ("newsletter-signup", "share-buttons", "byline")
    )
    inside += f"<figure><img src=x><figcaption>{note}, seen from the western pier.</figcaption></figure>"
    assert read(page(inside=inside)) == BODY


def test_lists_tables_and_quotations_of_an_article_are_read_in_their_order():
    inside = (
        "<h2>What changes</h2><ul><li>A public list</li><li>A person who decides</li></ul>"
        "<blockquote>We asked for a list, not for a ban, and this is what we got in the end.</blockquote>"
        "<figure><table><tr><th>District</th><th>Offices</th></tr>"
        "<tr><td>Old Pier</td><td>14</td></tr></table></figure>"
    )
    assert read(page(inside=inside)) == [
        BODY[0],
        "What changes",
        "- A public list",
        "- A person who decides",
        "We asked for a list, not for a ban, and this is what we got in the end.",
        "District | Offices",
        "Old Pier | 14",
        *BODY[1:],
    ]


def test_paragraphs_in_the_items_of_a_list_are_read_as_items():
    items = "<ul><li><p>A public list</p><p>Of all offices.</p></li><li><div>A person who decides</div></li></ul>"
    assert read(page(inside=items))[1:4] == ["- A public list", "Of all offices.", "- A person who decides"]


def test_a_list_of_links_is_read_if_a_sentence_of_the_article_introduces_it():
    links = "".join(f'<li><a href="/{n}">Register of pier {n}</a></li>' for n in range(3))
    label = '<div class="box"><div>Harbour</div><div>Share</div><div>Print</div></div>'  # the article is not clear
    for introduction, is_read in (
        ("The offices publish their registers here, each with a person who decides:", True),
        ("The offices publish their registers here, each with a person who decides.", False),
        ("Related articles:", False),
    ):
        text = read(page(inside=f"<p>{introduction}</p><ul>{links}</ul>", extra=label))
        assert ("- Register of pier 2" in text) is is_read
        assert text[-1] == BODY[-1]


def test_questions_and_answers_of_a_parliament_are_read_with_their_speakers():
    speeches = "".join(
        f'<div class="speech"><b>Member {n}:</b> {question}<br><b>Minister:</b> {answer}</div>'
        for n, (question, answer) in enumerate(zip(LONG[::2], LONG[1::2], strict=True))
    )
    text = read(f'<html><body><div class="hansard">{speeches}</div></body></html>')
    assert text[:2] == [f"Member 0: {LONG[0]}", f"Minister: {LONG[1]}"]
    assert all(f"Minister: {answer}" in text for answer in LONG[1::2])


def test_the_copy_of_a_text_for_small_screens_is_read_once():
    desktop = f'<div class="hidden-s">{PROSE}</div>'
    assert read(f'<html><body><main>{desktop}<div class="hidden-l">{PROSE}</div></main></body></html>') == BODY


def test_headings_between_repeated_paragraphs_are_repeated_too_and_a_joined_copy_is_left_out():
    sections = "".join(f"<h2>Part {n}</h2><p>{paragraph}</p>" for n, paragraph in enumerate(LONG))
    copies = f'<div class="phone">{sections}</div><div itemprop="articleBody">{" ".join(LONG)}</div>'
    text = read(f'<html><body><main><div class="desktop">{sections}</div>{copies}</main></body></html>')
    assert text == [line for n, paragraph in enumerate(LONG) for line in (f"Part {n}", paragraph)]


def test_a_copy_of_the_article_in_markdown_is_left_out():
    sections = "".join(f"<h2>Part {n}</h2><p>{paragraph}</p>" for n, paragraph in enumerate(LONG))
    markdown = "\n".join(f"## Part {n}\n\n{paragraph}\n\n[More](/{n})" for n, paragraph in enumerate(LONG))
    text = read(
        f"<html><body><main>{sections}<pre>{markdown}</pre><div>Share</div><div>Print</div></main></body></html>"
    )
    assert text == [line for n, paragraph in enumerate(LONG) for line in (f"Part {n}", paragraph)]


def test_a_text_whose_first_copy_stands_in_clutter_is_read_where_it_is_repeated():
    lead = f'<div class="share-box"><p>{BODY[0]}</p></div>'
    assert read(page(extra="").replace("<h1>", f"{lead}<h1>")) == BODY


def test_the_lead_in_the_header_of_an_article_is_read_and_the_menu_above_is_not():
    menu = f"<header><ul><li><a href=/>Home</a></li></ul><p>{LONG[7]}</p></header>"
    byline = f"<div class='byline'><p>{LONG[1]}</p></div>"
    lead = f"<header class='article-header'><h1>{TITLE}</h1><p>{LONG[0]}</p>{byline}</header>"
    texts = "".join(f"<p>{paragraph}</p>" for paragraph in LONG[2:6])
    assert read(f"<html><body>{menu}<article>{lead}<div>{texts}</div></article></body></html>") == [LONG[0], *LONG[2:6]]


def test_data_about_pictures_in_hidden_elements_is_left_out():
    data = "<span>https://example.org/wp-content/uploads/pier-of-the-harbour.jpg</span> 1707 2560 <b>Ilse Varga</b>"
    assert read(page(extra="".join(f"<div>{data} https://example.org/{n}</div>" for n in range(30)))) == BODY


def test_posts_and_quotations_that_an_article_shows_are_read():
    post = '<blockquote class="twitter-tweet"><p>The list is public at last, and we will read every line of it.</p>'
    quote = f"<figure><blockquote>{BODY[3]} We did.</blockquote><figcaption>Ilse Varga</figcaption></figure>"
    text = read(page(inside=f"{post}</blockquote>{quote}"))
    assert "The list is public at last, and we will read every line of it." in text
    assert f"{BODY[3]} We did." in text


def test_what_stands_below_a_heading_for_other_articles_is_left_out_and_the_same_heading_in_the_middle_stays():
    after = (
        "<h2>Related articles</h2><p>Ferry lines close for good after nobody bid for the new contracts of the port.</p>"
    )
    assert read(page(inside="<h2>Comments</h2>", extra=after)) == [BODY[0], "Comments", *BODY[1:]]


@pytest.mark.parametrize(
    ("read_also", "heading"),
    [
        ("Baca juga", "Berita terkait"),
        ("Xem thêm", "Tin cùng chuyên mục"),
        ("Pročitajte još", "Povezane vijesti"),
        ("Διαβάστε επίσης", "Σχετικά άρθρα"),
        ("Прочетете още", "Коментари"),
        ("यह भी पढ़ें", "टिप्पणियां"),
        ("อ่านเพิ่มเติม", "ความคิดเห็น"),
        ("اقرأ أيضًا", "التعليقات"),
        ("관련기사", "댓글"),
    ],
)
def test_other_articles_are_left_out_in_the_languages_of_news(read_also, heading):
    link = "<a href='/1'>Harbour strike enters its third week</a>"
    inside = f"<p>{read_also}: Harbour strike enters its third week</p><p>{read_also} {link}</p>"
    after = f"<h3>{heading}</h3><p>Ferry lines close for good after nobody bid for the new contracts of the port.</p>"
    assert read(page(inside=inside, extra=after)) == BODY


def test_chinese_japanese_and_arabic_pages_are_read():
    for sentence in (
        "政府将于三月公布自动化决策登记册并邀请各界在年底之前提出意见委员会将在六个地区举行听证会。",
        "政府は三月に自動意思決定の登録簿を公表し、年末までに各界から意見を募る方針を明らかにした。",
        "ستنشر الحكومة في شهر مارس سجلا للقرارات الآلية وتدعو جميع الأطراف إلى تقديم آرائها قبل نهاية العام.",
    ):
        paragraphs = [f"{n}{sentence}" for n in range(1, 8)]
        assert read(page(paragraphs)) == paragraphs


def test_a_library_that_finds_nothing_does_not_empty_the_text():
    tree, _ = parsing.parse_html(f"<html><body><main>{PROSE}</main></body></html>")
    assert [block.text for block in select_blocks(split_page(tree), "")] == BODY


def clear_article(inside: str, around: str = "") -> list[str] | None:
    tree, _ = parsing.parse_html(f"<html><body>{around}<main><h1>{TITLE}</h1>{inside}</main></body></html>")
    blocks = select_clear_article(split_page(tree))
    return None if blocks is None else [block.text for block in blocks]


def test_an_article_of_paragraphs_in_one_container_needs_no_second_opinion():
    menu = '<ul class="menu"><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul>'
    texts = "".join(f"<p>{paragraph}</p>" for paragraph in LONG)
    assert clear_article(f"{texts}<h2>What changes</h2><ul><li>A list</li></ul><p>{BODY[0]}</p>", menu) == [
        *LONG,
        "What changes",
        "A list",
        BODY[0],
    ]


def test_a_short_last_sentence_of_a_clear_article_is_kept_and_a_short_label_is_not():
    texts = "".join(f"<p>{paragraph}</p>" for paragraph in LONG)
    assert clear_article(f"{texts}<p>The vote is on Tuesday.</p>") == [*LONG, "The vote is on Tuesday."]
    assert clear_article(f"{texts}<p>Ferries, harbours</p>") == LONG


def test_a_standfirst_above_a_clear_article_belongs_to_it():
    texts = "".join(f"<p>{paragraph}</p>" for paragraph in LONG)
    story = f'<p class="lead">{BODY[0]}</p><ul><li><a href="/by">By Ilse Varga</a></li></ul><div>{texts}</div>'
    assert clear_article(story) == [BODY[0], *LONG]
    assert clear_article(story.replace("p class", "div class").replace("</p><ul>", "</div><ul>")) is None


@pytest.mark.parametrize("tag", ["div", "p", "section"])
def test_a_standfirst_between_headline_and_article_is_read_also_where_the_library_leaves_it_out(tag):
    lead = "The council will let ferries run at night from June, after two years of talks with their crews."
    info = '<div class="info"><a href="/by">Ilse Varga</a> 3 June</div>'
    story = f'<h1>{TITLE}</h1>{info}<{tag} class="x-lead">{lead}</{tag}><div class="x-body">{PROSE}</div>'
    assert read(f"<html><body><main><article>{story}</article></main></body></html>") == [lead, *BODY]


def test_several_texts_between_headline_and_article_are_no_standfirst():
    notes = "".join(
        f"<div>We use your address to send you letters of kind {n}, and for nothing else.</div>" for n in "abc"
    )
    story = f'<h1>{TITLE}</h1><div>{notes}</div><div class="x-body">{PROSE}</div>'
    assert read(f"<html><body><main><article>{story}</article></main></body></html>") == BODY


def test_an_article_among_links_labels_comments_or_more_prose_is_not_clear():
    texts = "".join(f"<p>{paragraph}</p>" for paragraph in LONG)
    links = '<p><a href="/1">Ferry line 1 closes</a></p><p><a href="/2">Ferry line 2 closes</a></p>'
    divs = f"<div>{BODY[0]} Twice.</div><div>{BODY[1]} Twice.</div>"
    comments = "".join(f'<p class="comment">{paragraph} Yes.</p>' for paragraph in LONG * 2)
    assert clear_article(texts) == LONG
    assert clear_article(texts + links) is None
    assert clear_article(f"<div>Share</div>{texts}<div>Print</div>") is None
    assert clear_article(texts + divs) is None
    assert clear_article(texts, f"<div>{comments}</div>") is None
    assert clear_article(texts, f"<div><p>{BODY[0]} {BODY[1]}</p></div>") is None
    assert clear_article(f"<p>{LONG[0]}</p>") is None


def test_a_page_without_prose_has_no_article():
    tree, _ = parsing.parse_html("<html><body><ul><li><a href=/>Home</a></li></ul><p>Short.</p></body></html>")
    assert select_blocks(split_page(tree), "Short.") == []
