from page_samples import BODY, LEAD, TITLE, page

from monitor.core.articles import main_text, parsing


def read(
    markup: str, summary: str = "", embedded: str = "", titles: tuple[str, ...] = (TITLE,)
) -> main_text.ExtractedText:
    tree, whole = parsing.parse_html(markup)
    assert whole
    return main_text.extract_main_text(tree, titles, summary, embedded)


def test_an_article_is_read_without_title_menu_comments_and_footer():
    assert read(page()).text.split("\n\n") == BODY


def test_links_between_its_paragraphs_are_left_out():
    inside = '<p><a href="/strike">Harbour strike enters third week</a></p><p>Read more: <a href="/x">Cameras</a></p>'
    assert read(page(inside=inside)).text.split("\n\n") == BODY


def test_tables_of_figures_stay():
    table = "<table><tr><th>District</th><th>Offices</th></tr><tr><td>Old Pier</td><td>14</td></tr></table>"
    assert "Old Pier" in read(page(inside=table)).text


def test_an_article_cut_into_containers_is_read_whole():
    chunks = "".join(
        f'<div class="grid-{n}"><div class="body-{n}"><p>{a}</p><p>{b}</p></div></div><div class="ad-slot"></div>'
        for n, (a, b) in enumerate(zip(LONG[::2], LONG[1::2], strict=True))
    )
    text = read(f"<html><body><main>{chunks}</main></body></html>").text
    assert all(paragraph in text for paragraph in LONG)


def test_sentences_from_a_word_processor_and_links_in_them_stay():
    pasted = '<span style="border:none 1pt">Fees were <b>not</b> agreed on at the meeting of the harbour.</span>'
    linked = 'The strike <span class="link"><a href="/strike">enters its third week</a></span>, notably in the docks.'
    inside = f"<p>{pasted} {linked}</p>"
    text = read(page(inside=inside)).text
    assert "Fees were not agreed on at the meeting of the harbour. The strike enters its third week," in text


def test_rows_of_a_layout_table_come_without_bars():
    rows = "".join(f"<tr><td></td><td>{paragraph}</td></tr>" for paragraph in LONG)
    text = read(f"<html><body><table>{rows}</table></body></html>").text
    assert text.split("\n\n") == LONG


LONG = [f"In district {n}, {sentence[0].lower()}{sentence[1:]}" for n in range(4) for sentence in BODY[:4]]


def test_an_article_in_layout_tables_is_read():
    rows = "".join(f"<tr><td><p>{paragraph}</p></td></tr>" for paragraph in LONG)
    text = read(f"<html><body><table>{rows}</table></body></html>").text
    assert all(paragraph in text for paragraph in LONG)


def test_text_without_paragraphs_is_read():
    markup = f"<html><body><div id='story'>{'<br><br>'.join(LONG)}</div></body></html>"
    text = read(markup).text
    assert all(paragraph in text for paragraph in LONG)


def test_the_text_for_machines_is_taken_where_the_page_shows_only_its_beginning():
    teaser = page([LEAD], extra="<p>Subscribe to read on.</p>")
    assert read(teaser, embedded="\n".join(BODY)).text.split("\n\n") == BODY
    assert read(page(), embedded="A caption.").text.split("\n\n") == BODY


def test_the_words_of_the_feed_tell_which_text_is_the_right_one():
    markup, right = page(OTHER * 2), "\n".join(BODY[:3])
    assert OTHER[0] in read(markup, embedded=right).text
    reading = read(markup, summary=LEAD, embedded=right)
    assert reading.text.split("\n\n") == BODY[:3]
    assert reading.agreement == 1.0


OTHER = [
    f"Ferry number {n} leaves the western quay at dawn and carries timber, salt and wool along the coast to the mills."
    for n in range(6)
]


def test_a_text_without_the_words_of_the_feed_has_low_agreement():
    reading = read(page(OTHER), summary=f"{TITLE} {LEAD}")
    assert reading.agreement < 0.2


def test_too_few_words_of_the_feed_decide_nothing():
    assert read(page(), summary="Ferry news").agreement == 1.0


def test_an_empty_page_has_no_text():
    assert read("<html><body></body></html>").text == ""
    assert parsing.parse_html("") == (None, False)
    assert parsing.parse_html("<!-- -->") == (None, False)


def test_a_page_nested_too_deeply_is_not_extracted_from():
    assert not parsing.parse_html("<div>" * 3000 + LEAD)[1]
    assert parsing.parse_html("<div>" * 500 + LEAD)[1]


def test_the_library_can_be_loaded_ahead():
    main_text.preload()
    assert parsing.parse_html("<p>x")[1]


def test_a_consent_dialog_is_left_out_however_long_it_is():
    terms = [f"In section {n}, {sentence}" for n in range(3) for sentence in BODY]
    dialog = f"<div id='cookie-consent'>{''.join(f'<p>{term}</p>' for term in terms)}</div>"
    body = "".join(f"<p>{paragraph}</p>" for paragraph in BODY)
    assert read(f"<body><div>{body}</div>{dialog}</body>").text.split("\n\n") == BODY


def test_a_whole_page_that_is_named_after_a_consent_dialog_is_read():
    body = "".join(f"<p>{paragraph}</p>" for paragraph in BODY)
    assert read(f"<body><div class='cookie-bar-open'>{body}</div></body>").text.split("\n\n") == BODY
