import pytest

from monitor.core.articles import parsing
from monitor.core.articles.clutter import remove_clutter, remove_link_blocks


def pruned(body: str) -> str:
    tree, _ = parsing.parse_html(f"<html><body><article>{body}</article></body></html>")
    remove_link_blocks(tree)
    return " ".join(" ".join(tree.itertext()).split())


@pytest.mark.parametrize(
    "aside",
    [
        '<p><a href="/b">Harbour strike enters third week</a></p>',
        '<p><strong><a href="/b">Harbour strike enters third week</a></strong> »</p>',
        '<ul><li><a href="/b">Harbour strike</a></li><li><a href="/c">Cameras <b>put off</b></a></li></ul>',
        '<h3><a href="/b">Harbour strike enters third week</a></h3>',
    ],
)
def test_a_block_that_is_nothing_but_a_link_is_left_out(aside):
    assert pruned(f"<p>Before it.</p>{aside}<p>After it.</p>").replace(" »", "") == "Before it. After it."


@pytest.mark.parametrize(
    "kept",
    [
        '<p>The register, <a href="/b">says the Assembly</a>, opens in March.</p>',
        '<h2><a href="#rules">What the rules say</a></h2>',
        '<div><a href="/b">A link in a plain container</a></div>',
        f'<p><a href="/b">{"A whole paragraph that somebody wrapped into a link. " * 8}</a></p>',
        '<p><a href="/b"></a></p>',
    ],
)
def test_prose_with_links_stays(kept):
    tree, _ = parsing.parse_html(f"<html><body><article>{kept}</article></body></html>")
    before = tree.text_content()
    remove_link_blocks(tree)
    assert tree.text_content() == before


def test_text_behind_a_dropped_block_stays():
    assert pruned('<div>first <p><a href="/b">link</a></p>second <p><a href="/b">link</a></p>third</div>') == (
        "first second third"
    )
    assert pruned('<div><p><a href="/b">link</a></p>only</div>') == "only"
    assert pruned('<div><b>before</b><p><a href="/b">link</a></p>after</div>') == "before after"


def test_a_block_with_links_inside_another_block_is_measured_on_its_own():
    assert pruned('<ul><li>Kept text <p><a href="/b">Harbour strike</a></p></li><li><a>Cameras</a></li></ul>') == (
        "Kept text"
    )


@pytest.mark.parametrize(
    "line",
    [
        "Read more: Harbour strike enters third week",
        "RELATED: Cameras put off",
        "See also » Cameras put off",
        "Lire aussi : La grève du port",
        "Lesen Sie auch: Streik im Hafen",
        "Leia também: greve no porto",
        "Читайте также: забастовка в порту",
        "延伸阅读\uff1a港口罢工",
    ],
)
def test_a_line_that_sends_the_reader_elsewhere_is_left_out(line):
    assert remove_clutter(["First.", line, "Last."], ()) == ["First.", "Last."]


@pytest.mark.parametrize(
    "line",
    [
        "Read more widely, the measure also covers schools.",
        "Related offences are listed in an annex.",
        "Watch: " + "a long paragraph that begins with a word for videos " * 5,
    ],
)
def test_a_sentence_that_only_begins_so_stays(line):
    assert remove_clutter(["First.", line], ()) == ["First.", line]


def test_the_title_and_the_date_are_left_out_of_the_head_of_an_article_only():
    lines = [
        "Register opens!",
        "Published 3 June 2026",
        "3 June 2026, 07:30",
        "Prose.",
        "More.",
        "More.",
        "Register opens",
    ]
    assert remove_clutter(lines, ["Register opens", ""]) == ["Prose.", "More.", "More.", "Register opens"]


@pytest.mark.parametrize("line", ["The act of 3 June 2026 is void.", "Rules for 2026", "Chapter 3 of the plan"])
def test_a_sentence_or_heading_with_numbers_is_no_date(line):
    assert remove_clutter([line], ()) == [line]
