"""Which classes and identifiers mean that an element is not part of an article."""

import pytest

from monitor.core.articles.region_names import region_names


@pytest.mark.parametrize(
    ("tag", "css_class", "identifier"),
    [
        ("div", "article-share", None),
        ("div", "relatedArticles", None),
        ("section", "c-comments", "comments"),
        ("div", "ad ad--wide", None),
        ("div", None, "sidebar1"),
        ("div", "widget widget_text", None),
        ("span", "visually-hidden", None),
        ("div", "header-wrapper", None),
        ("nav", None, None),
        ("figure", None, None),
    ],
)
def test_elements_named_for_what_stands_around_articles_are_regions(tag, css_class, identifier):
    assert region_names(tag, css_class, identifier)


@pytest.mark.parametrize(
    ("tag", "css_class", "identifier"),
    [
        ("div", "css-9f4ad0", "section-20a388fd-95b9-4641-ad9b"),
        ("div", "rounded overflow-hidden", None),
        ("div", "field--label-hidden", None),
        ("div", "accordion-panel-hidden", None),
        ("div", "hidden md:block", None),
        ("div", "has-sidebar", None),
        ("div", "no_toc_section", None),
        ("div", "elementor-widget-container", None),
        ("div", "kt-pane-header-alignment-left", None),
        ("section", None, "menu-innovation-strategies-for-caterers"),
        ("h2", None, "share"),
        ("tr", "table__header", None),
        ("blockquote", "twitter-tweet", None),
        ("main", "sidebar", None),
    ],
)
def test_hashes_states_headings_and_parts_of_the_text_are_no_regions(tag, css_class, identifier):
    assert not region_names(tag, css_class, identifier)
