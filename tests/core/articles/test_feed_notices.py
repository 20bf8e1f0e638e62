"""Notices that feed software adds are not matched, and the news around them is."""

import pytest

from monitor.core.articles.feed_notices import find_feed_notices
from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Source
from monitor.core.polls.analysis import analyse
from monitor.core.text import mask_spans
from tests.core.rule_samples import HEAD, book

NEWS = "The harbour council met on Monday."


@pytest.mark.parametrize(
    "notice",
    [
        "The post Harbour council meets appeared first on GPU News.",
        "Der Beitrag Rat tagt erschien zuerst auf GPU Nachrichten.",
        "L'article Le conseil se réunit est apparu en premier sur GPU Info.",
        "Article URL: https://news.example/gpu Comments URL: https://talk.example/GPU Points: 7 # Comments: 0",
        "submitted by /u/GPU_fan to r/GPU [link] [comments]",
        "This story originally appeared on GPU News",
        "Sign up for our weekly GPU newsletter",
        "We use cookies from GPU Analytics",
        "Continue reading: all about the GPU",
        "L'articolo Il consiglio si riunisce proviene da GPU Notizie.",
    ],
)
def test_a_notice_is_left_out_and_nothing_else(notice):
    text = f"{NEWS}\n\n{notice}"
    assert mask_spans(text, find_feed_notices(text)).strip() == NEWS


@pytest.mark.parametrize(
    "text",
    [
        "The post, which appeared first on X, says that the council bans GPUs.",
        "The post on a ban on GPUs first appeared on X.",
        "L'articolo 5 sulle GPU proviene da una direttiva.",
        "The post office appeared on a list of buyers of GPUs.",
        "He submitted by mail what the council asked for.",
        "The bill that the council submitted by Friday reads well. Read more of it. The rest is short.",
        "Cookies and a newsletter on GPU prices are what the council sells.",
    ],
)
def test_news_with_the_same_words_stays(text):
    assert find_feed_notices(text) == ()


def test_an_article_of_notices_only_is_matched_by_its_title():
    article = Article(title="Council buys a GPU", text="Article URL: https://news.example/x Points: 0 # Comments: 0")
    rules = Matcher(book(HEAD + "  any: [GPU]\n").rules)
    analysis = analyse(rules, article, Source(), frozenset())
    assert [match.prominence for match in analysis.matches] == ["major"]
    points = Matcher(book(HEAD + "  any: [points]\n").rules)
    assert analyse(points, article, Source(), frozenset()).matches == ()
