"""Sitemaps, news sitemaps and indexes of them."""

import gzip

import pytest

from monitor.core.model import Changed, Failed, Feed, FeedId, Response
from monitor.core.sources import sitemap
from monitor.core.sources.sitemap import Sitemap
from tests.core.sources.samples import NOW, URL, parse, rows

NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def urlset(*urls):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {NAMESPACES}>{"".join(urls)}</urlset>'


def url(loc, inside=""):
    return f"<url><loc>{loc}</loc>{inside}</url>"


def news(title, date, keywords=""):
    return (
        f"<news:news><news:publication><news:name>Paper</news:name><news:language>fr</news:language></news:publication>"
        f"<news:publication_date>{date}</news:publication_date><news:title>{title}</news:title>"
        f"<news:keywords>{keywords}</news:keywords></news:news>"
    )


@pytest.mark.parametrize("kind", ["auto", "sitemap"])
def test_a_news_sitemap_gives_titles_dates_and_languages(kind):
    parsed = parse(
        urlset(
            url("https://paper.example/a", news("Loi de l'IA", "2026-11-24T09:00:00+01:00", "ia, loi")),
            url("\n  https://paper.example/b c\n", news("Deuxième", "2026-11-23")),
        ),
        kind=kind,
    )
    assert rows(parsed) == [
        ("https://paper.example/a", "Loi de l'IA", "2026-11-24"),
        ("https://paper.example/b%20c", "Deuxième", "2026-11-23"),
    ]
    assert (parsed.outcome.entries[0].language, parsed.outcome.entries[0].tags) == ("fr", ("ia", "loi"))


def test_the_title_and_address_of_a_picture_are_not_those_of_the_article():
    picture = (
        "<image:image><image:loc>https://cdn.example/x.png</image:loc><image:title>A hat</image:title></image:image>"
    )
    parsed = parse(urlset(url("https://paper.example/a", picture), url("https://paper.example/b")))
    assert rows(parsed) == [("https://paper.example/a", "", ""), ("https://paper.example/b", "", "")]


def test_bare_ampersands_and_a_document_that_breaks_off_give_what_can_be_read():
    whole = urlset(
        url("https://paper.example/?a=1&b=2"), url("https://paper.example/2"), url("https://paper.example/3")
    )
    assert next(link for link, _, _ in rows(parse(whole))) == "https://paper.example/?a=1&b=2"
    assert parse(whole).outcome.malformed == "unescaped ampersands"
    cut = parse(whole[: whole.index("<url><loc>https://paper.example/3")])
    assert len(cut.outcome.entries) == 2
    assert cut.outcome.malformed.startswith("broken off: ")


@pytest.mark.parametrize(
    "sent",
    [
        lambda whole: b"\xef\xbb\xbf\n\n" + whole.encode(),
        lambda whole: b"<b>Warning</b>: cannot open cache in <b>sitemap.php</b>\n" + whole.encode(),
        lambda whole: whole.replace("UTF-8", "UTF-16").encode("utf-16"),
        lambda whole: whole.encode("latin-1"),
        lambda whole: whole.replace("juge", "ju\x0bge").encode(),
    ],
    ids=["blank lines after a byte order mark", "a warning", "UTF-16", "another encoding", "a control character"],
)
def test_every_address_of_a_sitemap_is_read_in_spite_of_how_a_program_wrote_it(sent):
    first = url("https://paper.example/1", news("Le juge a interdit la reconnaissance à Genève", "2026-11-23"))
    body = sent(
        urlset(first, url("https://paper.example/2", news("Une loi sur les algorithmes est adoptée", "2026-11-24")))
    )
    assert rows(parse(body)) == [
        ("https://paper.example/1", "Le juge a interdit la reconnaissance à Genève", "2026-11-23"),
        ("https://paper.example/2", "Une loi sur les algorithmes est adoptée", "2026-11-24"),
    ]


def test_a_sitemap_of_which_nothing_can_be_read_is_a_failure_and_never_no_news():
    outcome = parse('<?xml version="1.0"?><urlset><<url>').outcome
    assert isinstance(outcome, Failed)
    assert "a sitemap that cannot be read" in outcome.reason


def test_a_document_that_breaks_off_is_requested_again_whole():
    whole = urlset(url("https://paper.example/1"), url("https://paper.example/2"))
    cut = parse(whole[:-20], headers={"etag": '"1"'}).outcome
    assert (cut.etag, cut.body_hash) == (None, "")


def test_gzip_is_read_and_a_bomb_is_bounded():
    assert len(rows(parse(gzip.compress(urlset(url("https://paper.example/1")).encode())))) == 1
    bomb = gzip.compress(b"<urlset>" + b" " * (sitemap.MAX_SITEMAP_BYTES + 1_000_000))
    outcome = parse(bomb).outcome
    assert isinstance(outcome, Failed)
    assert "broken off: Resource limit exceeded" in outcome.reason


def test_entities_of_a_document_are_not_expanded():
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        + urlset(url("https://paper.example/&b;&b;&b;")).replace('<?xml version="1.0" encoding="UTF-8"?>\n', "")
    )
    outcome = parse(bomb).outcome
    assert isinstance(outcome, Changed | Failed)
    assert "aaaa" not in repr(outcome.entries if isinstance(outcome, Changed) else "")


def test_an_index_names_the_sitemaps_to_fetch_the_newest_and_those_of_news_first():
    index = (
        f"<sitemapindex {NAMESPACES}>"
        "<sitemap><loc>https://paper.example/pages.xml</loc><lastmod>2026-11-24</lastmod></sitemap>"
        "<sitemap><loc>https://paper.example/old-news.xml</loc><lastmod>2025-01-01</lastmod></sitemap>"
        "<sitemap><loc>https://paper.example/news-11.xml</loc><lastmod>2026-11-24</lastmod></sitemap>"
        "</sitemapindex>"
    )
    assert parse(index).follow == (
        "https://paper.example/news-11.xml",
        "https://paper.example/old-news.xml",
        "https://paper.example/pages.xml",
    )


def test_of_a_long_sitemap_the_newest_addresses_are_taken_and_the_others_counted():
    many = [url(f"https://paper.example/{n}", f"<lastmod>2026-{n % 10 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:00Z</lastmod>") for n in range(sitemap.MAX_SITEMAP_ENTRIES + 100)]  # fmt: skip # noqa: E501
    outcome = parse(urlset(*many)).outcome
    assert (len(outcome.entries), outcome.truncated) == (sitemap.MAX_SITEMAP_ENTRIES, 100)
    assert min(entry.published_at for entry in outcome.entries).year == 2026


def test_of_a_long_sitemap_without_dates_both_ends_are_taken():
    many = [url(f"https://paper.example/{n}") for n in range(sitemap.MAX_SITEMAP_ENTRIES + 100)]
    links = [link for link, _, _ in rows(parse(urlset(*many)))]
    assert {links[0], links[-1]} == {
        "https://paper.example/0",
        f"https://paper.example/{sitemap.MAX_SITEMAP_ENTRIES + 99}",
    }


def test_patterns_leave_out_addresses_and_count_them():
    urls = [
        url(f"https://paper.example/{path}") for path in ("en/news/1", "en/tag/ai", "fr/news/1", "EN/News/2?print=1")
    ]
    outcome = parse(urlset(*urls), include=("/en/*news",), exclude=("print",)).outcome
    assert [entry.link for entry in outcome.entries] == ["https://paper.example/en/news/1"]
    assert outcome.excluded == 3


def test_an_address_that_a_long_sitemap_adds_in_its_middle_is_taken():
    addresses = [f"https://paper.example/{n}" for n in range(sitemap.MAX_SITEMAP_ENTRIES + 1_000)]
    added = "https://paper.example/added"
    feed = Feed(id=FeedId("x"), url=URL)
    before = Sitemap().parse(feed, answer(urlset(*map(url, addresses))), NOW, b"")
    changed = [*addresses[:3_000], added, *addresses[3_000:]]
    after = Sitemap().parse(feed, answer(urlset(*map(url, changed))), NOW, before.cache)
    assert added in {entry.link for entry in after.outcome.entries}
    assert (len(after.outcome.entries), after.outcome.truncated) == (sitemap.MAX_SITEMAP_ENTRIES, 1_001)


def answer(body):
    return Response(url=URL, status=200, headers={}, body=body.encode())
