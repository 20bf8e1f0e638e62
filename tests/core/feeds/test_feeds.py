# ruff: noqa: RUF001  # other scripts are what is tested here
import cProfile
import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from monitor.core import feeds
from monitor.core.feeds.outcomes import newest_entries
from monitor.core.model import Changed, Failed, Feed, Response
from tests.siteserver import feed_xml

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://www.example.org/news/feed.xml"


def parse(body: bytes | str, language: str = "", url: str = URL, **headers: str) -> Changed | Failed:
    raw = body if isinstance(body, bytes) else body.encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return feeds.parse(
        Feed(id="x", url=url, language=language), Response(url=url, status=200, headers=named, body=raw), NOW
    )


def read(body: bytes | str, **more: str) -> Changed:
    parsed = parse(body, **more)
    assert isinstance(parsed, Changed), parsed
    return parsed


def only(fields: dict[str, str], **more: str):
    (entry,) = read(feed_xml([fields]), **more).entries
    return entry


ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://base.example/dir/">
<title>Un <b>fil</b></title><id>urn:f</id><updated>2026-11-20T10:00:00Z</updated>
<entry><title type="html">Une &lt;i&gt;loi&lt;/i&gt; &amp;amp; un décret</title><id>urn:1</id>
<link rel="alternate" href="loi"/><link rel="enclosure" href="loi.mp3"/><updated>2026-11-20T10:00:00+01:00</updated>
<author><name>Anne &lt;b&gt;M&lt;/b&gt;</name></author><category term="ia" label="IA"/>
<summary>Court.</summary>
<content type="html">&lt;p&gt;Un texte plus long.&lt;/p&gt;&lt;p&gt;Et encore.&lt;/p&gt;</content></entry></feed>"""


def test_a_reference_of_five_thousand_digits_in_one_item_costs_no_entry():
    items = [{"title": "One", "description": f"&#{'7' * 5_000};"}, {"title": "Two", "description": "&amp;#0;"}]
    assert [entry.title for entry in read(feed_xml(items)).entries] == ["One", "Two"]


def test_an_atom_entry_is_read_whole_and_plain():
    parsed = read(ATOM)
    (entry,) = parsed.entries
    assert parsed.title == "Un fil"
    assert parsed.language == "fr"
    assert entry.guid == "urn:1"
    assert entry.link == "https://base.example/dir/loi"
    assert entry.title == "Une loi & un décret"
    assert entry.author == "Anne M"
    assert entry.summary == "Un texte plus long.\n\nEt encore."
    assert entry.published_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert entry.published_raw == "2026-11-20T10:00:00+01:00"
    assert entry.tags == ("IA",)
    assert entry.language == "fr"


def test_validators_and_the_hash_come_with_a_whole_body():
    parsed = read(feed_xml([{"title": "a"}]), etag='"1"', last_modified="then")
    assert (parsed.etag, parsed.last_modified, len(parsed.body_hash)) == ('"1"', "then", 64)
    assert parsed.malformed == ""


@pytest.mark.parametrize("cut", [30, 60, 120])
def test_a_cut_feed_gives_its_entries_and_no_validators(cut):
    body = feed_xml([{"title": f"Title {number}", "guid": str(number)} for number in range(20)])
    parsed = read(body[:-cut], etag='"1"', last_modified="then")
    assert len(parsed.entries) >= 18
    assert (parsed.etag, parsed.last_modified, parsed.body_hash) == (None, None, "")
    assert parsed.malformed == "cut short: the document has no end"


@pytest.mark.parametrize(("cut", "number"), [("<link>https://a.example/1", 1), ("</link>", 2), ("<title>Second", 1)])
def test_an_item_whose_address_or_title_is_cut_in_two_is_left_for_the_next_poll(cut, number):
    items = [{"title": "First", "link": "https://a.example/1"}, {"title": "Second", "link": "https://a.example/12"}]
    body = feed_xml(items)
    assert len(read(body[: body.rindex(cut.encode()) + len(cut)]).entries) == number


def test_a_broken_feed_gives_what_can_be_read_and_says_what_was_wrong():
    parsed = read(feed_xml([{"title": "a"}, {"title": "b"}]).replace(b"<title>b", b"<title>b & c <x>"))
    assert len(parsed.entries) == 2
    assert parsed.malformed.startswith("SAXParseException: ")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "not a feed: a web page"),
        (b'{"items": []}', "not a feed: unknown content"),
        (b"\x00\x01\x02", "not a feed: unknown content"),
        (b"/etc/passwd", "not a feed: unknown content"),
        (b"http://127.0.0.1:1/", "not a feed: unknown content"),
    ],
)
def test_what_is_no_feed_is_a_failure(body, reason):
    parsed = parse(body)
    assert isinstance(parsed, Failed)
    assert parsed.reason == reason


def test_the_body_is_never_taken_for_the_name_of_a_file(tmp_path):
    file = tmp_path / "secret.xml"
    file.write_bytes(feed_xml([{"title": "secret"}]))
    assert isinstance(parse(str(file)), Failed)


# ---------------------------------------------------------------- fields that are missing or wrong


def test_an_entry_without_anything_but_a_title_is_an_entry():
    entry = only({"title": "Only a title"})
    assert (entry.guid, entry.link, entry.title, entry.published_at, entry.published_raw) == (
        "",
        "",
        "Only a title",
        None,
        "",
    )
    assert len(entry.key) == 64


def test_an_entry_without_a_title_is_called_by_its_first_words():
    assert only({"description": "Words " * 60, "guid": "1"}).title == ("Words " * 60)[:119].rstrip() + "…"


def test_an_empty_entry_is_none():
    assert read(feed_xml([{}, {"guid": "  "}, {"title": "a"}])).entries[0].title == "a"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("/a/1", "https://www.example.org/a/1"),
        ("b", "https://www.example.org/news/b"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ('<a href="https://acer.example/doc">Doc</a>', "https://acer.example/doc"),
    ],
)
def test_a_link_is_absolute_and_http_or_there_is_none(link, expected):
    assert only({"title": "a", "guid": "1", "link": link}).link == expected


def test_a_guid_that_is_an_address_stands_in_for_a_missing_link_and_another_guid_does_not():
    assert only({"title": "a", "guid": "https://a.example/1"}).link == "https://a.example/1"
    assert only({"title": "a", "guid": "tag:a.example,2026:1"}).link == ""


def test_a_guid_of_nine_kilobytes_keeps_its_difference():
    one, other = read(feed_xml([{"title": "a", "guid": "g" * 9000 + end} for end in "12"])).entries
    assert one.key != other.key
    assert len(one.guid) < 2100


def test_titles_are_one_clean_line():
    nasty = "<![CDATA[A\r\ntitle\x0bwith\u2028breaks \u202egnp.exe <script>alert(1)</script>&amp; more]]>"
    assert only({"title": nasty}).title == "A title with breaks gnp.exe & more"


def test_control_characters_and_lone_surrogates_do_not_get_in():
    body = feed_xml([{"title": "a&#0;b\x00c", "description": "d\x00e\x1f f"}])
    (entry,) = read(body).entries
    assert "\x00" not in entry.title + entry.summary
    entry.title.encode()
    entry.summary.encode()


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("iso-8859-1", "latin-1"),
        ("utf-8", "latin-1"),
        ("windows-1252", "cp1252"),
        ("nonsense", "utf-8"),
        ("utf-16", "utf-16"),
    ],
)
def test_a_feed_in_another_encoding_than_it_says_is_read(declared, encoding):
    text = feed_xml([{"title": "Café à la une"}]).decode().replace('"utf-8"', f'"{declared}"')
    (entry,) = read(text.encode(encoding)).entries
    assert entry.title == "Café à la une"


@pytest.mark.parametrize("padding", ["", "."])
@pytest.mark.parametrize("declared", ["utf-16", "utf-16le", "utf-32", "cp037"])
def test_a_feed_in_ascii_that_declares_an_encoding_without_ascii_is_read(declared, padding):
    text = feed_xml([{"title": "Guidance on the AI Act" + padding}]).decode().replace('"utf-8"', f'"{declared}"')
    (entry,) = read(text.encode("ascii")).entries
    assert entry.title == "Guidance on the AI Act" + padding
    header = f"application/rss+xml; charset={declared}"
    assert [each.title for each in read(text.encode("ascii"), content_type=header).entries] == [entry.title]


def test_the_encoding_of_the_header_counts():
    text = '<?xml version="1.0"?><rss version="2.0"><channel><item><title>Новости</title></item></channel></rss>'
    (entry,) = read(text.encode("koi8-r"), content_type="application/rss+xml; charset=koi8-r").entries
    assert entry.title == "Новости"


def test_the_longest_of_what_an_entry_tells_is_its_summary():
    entry = only({"title": "a", "description": "short", "content:encoded": "<p>" + "long " * 50 + "</p>"})
    assert entry.summary.startswith("long long")


def test_the_language_of_the_configuration_goes_before_that_of_the_feed():
    assert read(ATOM, language="en").language == "en"
    assert read(feed_xml([{"title": "a"}], extra="<language>de-AT</language>")).language == "de"
    assert read(feed_xml([{"title": "a"}], extra="<language>english</language>")).language == ""


# ---------------------------------------------------------------- hints


@pytest.mark.parametrize(
    ("extra", "headers", "expected"),
    [
        ("<ttl>60</ttl>", {}, timedelta(hours=1)),
        ("<ttl>60</ttl>", {"cache_control": "max-age=7200"}, timedelta(hours=2)),
        ("<ttl>999999</ttl>", {}, timedelta(days=1)),
        ("<ttl>soon</ttl>", {}, None),
        ("<ttl>-5</ttl>", {}, None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", {}, timedelta(hours=1)),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", {}, timedelta(hours=6)),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", {}, timedelta(days=1)),
        ("<sy:updatePeriod>now and then</sy:updatePeriod>", {}, None),
        ("", {}, None),
    ],
)
def test_how_often_the_publisher_wants_to_be_asked(extra, headers, expected):
    body = feed_xml([{"title": "a"}], extra=extra)
    body = body.replace(b'version="2.0"', b'version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"')
    assert read(body, **headers).ttl == expected


# ---------------------------------------------------------------- long feeds


def many(count: int, **fields: str) -> bytes:
    return feed_xml(
        [
            {"title": f"Title {number}", "guid": str(number), "description": "x" * 120, **fields}
            for number in range(count)
        ]
    )


def test_only_the_newest_thousand_are_kept_and_the_rest_is_counted():
    parsed = read(many(1200))
    assert len(parsed.entries) == 1000
    assert parsed.truncated == 200
    assert parsed.entries[0].title == "Title 0"
    assert len(parsed.body_hash) == 64


def test_the_newest_are_chosen_by_their_dates_where_the_feed_is_not_sorted():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = [(number * 7) % 30 for number in range(30)]
    items = [{"guid": str(day), "title": "t", "pubDate": format_datetime(start + timedelta(days=day))} for day in days]
    kept = newest_entries(list(read(feed_xml(items)).entries), 10)
    assert [int(entry.guid) for entry in kept] == [day for day in days if day >= 20]


def test_undated_entries_are_kept_in_the_order_of_the_feed():
    entries = list(read(many(30)).entries)
    assert newest_entries(entries, 10) == entries[:10]


# ---------------------------------------------------------------- attacks


def with_doctype(doctype: str, title: str = "t", description: str = "d") -> str:
    body = feed_xml([{"title": "TITLE", "description": "DESCRIPTION"}]).decode()
    body = body.replace("<rss", f"<!DOCTYPE rss [{doctype}]><rss", 1)
    return body.replace("TITLE", title).replace("DESCRIPTION", description)


def parsed_summary(body: str) -> str:
    parsed = parse(body)
    return "" if isinstance(parsed, Failed) else "".join(entry.title + entry.summary for entry in parsed.entries)


def test_entities_are_not_expanded():
    laughs = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 9))
    assert len(parsed_summary(with_doctype(f'<!ENTITY l0 "ha">{laughs}', "&l8;"))) < 1000


def test_an_entity_that_names_a_character_is_read_though_nothing_is_on_a_line_of_its_own():
    doctype = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY aelig "&#230;"><!ENTITY min "Ministry">]>'
    body = f"{doctype}<rss version='2.0'><channel><item><title>The &min; of &aelig;</title></item></channel></rss>"
    assert parsed_summary(body) == "The Ministry of æ"


def test_an_entity_of_the_outside_is_not_read(tmp_path):
    (tmp_path / "secret").write_text("SECRET")
    assert "SECRET" not in parsed_summary(with_doctype(f'<!ENTITY x SYSTEM "file://{tmp_path}/secret">', "a &x; b"))


def test_one_long_entity_many_times_is_not_blown_up():
    assert len(parsed_summary(with_doctype(f'<!ENTITY a "{"a" * 50_000}">', description="&a;" * 2000))) <= 200_000


def test_deeply_nested_elements_are_parsed():
    body = feed_xml([{"title": "a", "description": "<![CDATA[" + "<div>" * 20_000 + "text" + "]]>"}])
    (entry,) = read(body).entries
    assert entry.summary == "text"
    parse("<rss version='2.0'><channel>" + "<x>" * 3_000)


# ---------------------------------------------------------------- seen on real feeds


def test_more_than_a_thousand_entities_are_no_attack():
    (entry,) = read(feed_xml([{"title": "a", "description": "<![CDATA[" + "caf&eacute; " * 1026 + "]]>"}])).entries
    assert entry.summary.count("café") == 1026
    body = feed_xml([{"title": "a", "description": "x"}]).replace(
        b"<description>x", b"<description>" + b"&amp;#233; &#233; " * 1026
    )
    assert read(body).entries[0].summary.count("é") == 2052


RDF = """<?xml version="1.0" encoding="utf-8"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://www.soumu.example/">
<title>総務省</title><link>https://www.soumu.example/</link>
<items><rdf:Seq><rdf:li rdf:resource="https://www.soumu.example/1"/></rdf:Seq></items></channel><item rdf:about="https://www.soumu.example/1"><title>人工知能に関する指針</title><link>https://www.soumu.example/1</link>
<dc:date>2026-11-20T18:00:00+09:00</dc:date></item></rdf:RDF>"""


def test_rdf_has_its_items_in_a_namespace_of_their_own():
    (entry,) = read(RDF).entries
    assert entry.title == "人工知能に関する指針"
    assert entry.link == "https://www.soumu.example/1"
    assert entry.published_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", None),
        ("Sat, 24 Nov 2029 10:00:00 GMT", None),
        ("Wednesday, February 25, 2026 - 21:07", datetime(2026, 2, 25, 21, 7, tzinfo=UTC)),
    ],
)
def test_a_date_that_cannot_be_right_is_kept_as_it_is_written_only(raw, expected):
    entry = only({"title": "a", "guid": "1", "pubDate": raw})
    assert entry.published_at == expected
    assert entry.published_raw == raw


def test_a_second_date_stands_in_for_one_that_cannot_be_read():
    body = feed_xml([{"title": "a", "pubDate": "soon", "dc:date": "2026-11-20"}])
    (entry,) = read(
        body.replace(b'version="2.0"', b'version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"')
    ).entries
    assert entry.published_at == datetime(2026, 11, 20, tzinfo=UTC)


def test_escaped_page_templates_in_descriptions_leave_their_words_only():
    template = (
        '&lt;span class="field--name-title"&gt;New AI rules&lt;/span&gt;&lt;span class="field--uid"&gt;'
        '&lt;span lang="" '
        'about="/user/1" typeof="schema:Person" class="username"&gt;n0042abc&lt;/span&gt;&lt;/span&gt;'
    )
    entry = only({"title": "a", "description": template})
    assert "field--" not in entry.summary
    assert "New AI rules" in entry.summary


def test_an_empty_window_is_a_feed():
    assert read(feed_xml([])).entries == ()


def test_a_document_that_holds_the_doctype_of_a_page_in_a_description_is_a_feed():
    body = feed_xml([{"title": "a", "description": "<![CDATA[<!DOCTYPE html><html><body>Words</body></html>]]>"}])
    assert read(body).entries[0].summary == "Words"


def test_white_space_before_the_declaration_is_forgiven():
    assert read(b"\n  " + feed_xml([{"title": "a"}])).entries[0].title == "a"


def revised(*updated: str, published: str = "") -> list[str]:
    """The content hashes of Atom entries that say when they were last changed."""
    body = "".join(
        f"<entry><id>urn:{n}</id><title>The committee met, case {n}</title>"
        f"<link href='/a/{n}'/><updated>{when}</updated>{published}</entry>"
        for n, when in enumerate(updated)
    )
    return [each.content_hash for each in read(f"<feed xmlns='http://www.w3.org/2005/Atom'>{body}</feed>").entries]


EARLIER, LATER = "2026-11-20T10:00:00Z", "2026-11-21T09:00:00Z"


def test_an_entry_that_says_it_was_changed_is_another_content():
    assert revised(LATER) != revised(EARLIER)
    assert revised(EARLIER) == revised("2026-11-20T11:00:00+01:00")
    before, other = revised("2026-11-19T10:00:00Z", EARLIER)
    after, same = revised(LATER, EARLIER)
    assert after != before
    assert same == other


def test_a_change_at_the_hour_of_publication_is_none():
    published = f"<published>{EARLIER}</published>"
    assert revised(EARLIER, published=published) == revised("", published=published)
    assert revised(LATER, published=published) != revised(EARLIER, published=published)


def test_a_feed_that_dates_all_its_entries_anew_says_nothing_of_them():
    built = revised("2026-11-21T09:00:00Z", "2026-11-21T09:00:20Z")
    assert built == revised("2026-11-22T09:00:00Z", "2026-11-22T09:00:59Z") == revised("", "")


@pytest.mark.parametrize("doctype", ["<!DOCTYPE rss [<!-- ", "<!DOCTYPE rss [[[", "<!DOCTYPE rss [ 'x "])
def test_a_doctype_without_end_is_no_feed(doctype):
    assert parse(doctype + feed_xml([{"title": "a"}]).decode()).reason == "not a feed: unknown content"


@pytest.mark.parametrize(
    "behind",
    [
        "\n\n", "<!-- served in 3 ms -->\n", "\n<!-- a --><!-- b - c -->", "<script>alert(1)</script>",
        "<br />\n<b>Warning</b>: x on line <b>3</b>", "x" * 3000,
    ],
)  # fmt: skip
def test_what_is_appended_to_a_feed_does_not_make_it_a_cut_one(behind):
    parsed = read(feed_xml([{"title": "a"}]) + behind.encode(), etag='"1"')
    assert parsed.etag == '"1"'
    assert parsed.body_hash
    assert "cut short" not in parsed.malformed


def test_a_comment_left_open_in_the_text_of_an_entry_does_not_cut_the_feed():
    body = feed_xml([{"title": "a", "description": "<![CDATA[<p>One <!-- two</p>]]>"}])
    assert read(body, etag='"1"').etag == '"1"'


@pytest.mark.parametrize(
    "cut", ["<item><title>b", "<item><title>b</title><description><![CDATA[Feeds end in </rss> and", "<!-- </rss> "]
)
def test_an_end_that_is_not_the_documents_is_none(cut):
    body = feed_xml([{"title": "a"}]).replace(b"</channel></rss>", cut.encode())
    assert read(body, etag='"1"').etag is None


def test_a_feed_that_is_compressed_twice_is_named_as_such():
    failure = parse(gzip.compress(feed_xml([{"title": "a"}])), content_type="text/xml")
    assert failure.reason == "not a feed: gzip data that the answer does not name as such"


def test_a_json_feed_is_named_as_one():
    body = '{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": []}'
    failure = parse(body, content_type="application/json")
    assert failure.reason == "not a feed: a JSON Feed, which the kind `feed` reads"


RUSSIAN = "Правительство приняло закон об искусственном интеллекте"


@pytest.mark.parametrize("kind", ["application/rss+xml", "text/xml; charset=utf-8", "text/xml; charset=windows-1251"])
@pytest.mark.parametrize("declared", ["", "encoding='utf-8'", "encoding='windows-1251'", "encoding='nonsense'"])
def test_a_feed_in_another_encoding_than_it_says_is_read_nevertheless(kind, declared):
    body = feed_xml([{"title": RUSSIAN}]).decode().replace('encoding="utf-8"', declared).encode("windows-1251")
    assert read(body, content_type=kind).entries[0].title == RUSSIAN


@pytest.mark.parametrize("declared", ["", "encoding='utf-8'"])
def test_a_character_cut_in_two_garbles_no_other_and_is_reported(declared):
    body = feed_xml([{"title": "’Décret’"}, {"title": "Cut CUT"}, {"title": RUSSIAN}])
    body = body.replace(b"CUT", b"\xe2\x80").replace(b'encoding="utf-8"', declared.encode())
    parsed = read(body)
    assert [entry.title for entry in parsed.entries] == ["’Décret’", "Cut \ufffd", RUSSIAN]
    assert parsed.malformed == "characters that are in no encoding"


@pytest.mark.parametrize("name", ["windows-1251", "windows-1252", "iso-8859-1", "iso-8859-2", "shift_jis", "gb2312"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_feed_in_utf_8_that_says_otherwise_is_read_as_what_it_is(name, mark):
    title = f"Größere Änderungen für Bürger; {RUSSIAN}; 人工知能"
    body = feed_xml([{"title": title, "link": "/1"}])
    assert [entry.title for entry in read(mark + body.replace(b'"utf-8"', f'"{name}"'.encode())).entries] == [title]
    (entry,) = read(mark + body, content_type=f"application/rss+xml; charset={name}").entries
    assert entry.title == title


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("&#55357;&#56832;", "\U0001f600"),
        ("&#xD83D;&#xde00;", "\U0001f600"),
        ("&#xD800;", "\ufffd"),
        ("&#1114112;", "\ufffd"),
        ("&#99999999;", "\ufffd"),
        ("&#xFFFFFF;", "\ufffd"),
        ("&#55000;&#57344;&#x10FFFF;", "\ud6d8\ue000\U0010ffff"),
    ],
)
def test_references_to_halves_of_a_character_or_to_none_lose_no_entry(written, read_as):
    parsed = read(
        feed_xml([{"title": "A B", "link": "/1"}, {"title": "Next", "link": "/2"}]).replace(b" B", written.encode())
    )
    assert [entry.title for entry in parsed.entries] == [f"A{read_as}", "Next"]


@pytest.mark.parametrize(
    ("encoding", "texts"),
    [
        (
            "gb18030",
            (
                "国家互联网信息办公室今天发布通知，要求各地加强对生成式人工智能服务的管理。",
                "外交部发言人在例行记者会上表示，中方反对滥用出口管制措施，将采取必要措施维护企业合法权益。",
                "据悉，该法案将于明年一月起施行，芯片企业需要在六个月内完成登记。",
            ),
        ),
        (
            "big5",
            (
                "行政院今天通過人工智慧基本法草案，將送請立法院審議。",
                "數位發展部表示，將加強對生成式人工智慧的管理。",
            ),
        ),
    ],
)
@pytest.mark.parametrize("declared", ["", "encoding='utf-8'"])
def test_chinese_is_detected_by_its_text_if_the_feed_declares_another_encoding(encoding, texts, declared):
    body = feed_xml([{"title": text[:16], "link": f"/{text[:4]}", "description": text} for text in texts])
    parsed = read(body.decode().replace('encoding="utf-8"', declared).encode(encoding))
    assert [entry.summary for entry in parsed.entries] == list(texts)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16", "utf-32"])
def test_wide_encodings_are_read_with_and_without_their_mark(encoding):
    body = feed_xml([{"title": RUSSIAN}]).decode().replace("utf-8", "utf-16").encode(encoding)
    assert [entry.title for entry in read(body).entries] == [RUSSIAN]


def test_ampersands_that_were_not_escaped_cost_no_link_and_no_title():
    body = feed_xml([{"title": "TITLE", "link": "LINK", "guid": "1"}, {"title": "Another", "guid": "2"}])
    body = body.replace(b"TITLE", b"R&D budgets of AT&T").replace(b"LINK", b"https://a.example/x?id=1&copy=2&b=3")
    parsed = read(body)
    assert [each.title for each in parsed.entries] == ["R&D budgets of AT&T", "Another"]
    assert parsed.entries[0].link == "https://a.example/x?id=1&copy=2&b=3"
    assert parsed.malformed == "ampersands that are not escaped"


def test_ampersands_in_a_comment_or_a_section_of_text_are_no_fault():
    body = feed_xml([{"title": "a", "description": "<![CDATA[R&D and <a href='?a=1&copy=2'>more</a>]]>"}])
    assert read(body.replace(b"<channel>", b"<channel><!-- R&D -->")).malformed == ""


@pytest.mark.parametrize("flood", [b"&", b"& ", b"&x ", b"&;"])
def test_a_flood_of_ampersands_costs_no_entry_and_few_calls(flood):
    body = feed_xml([{"title": "One", "description": "FLOOD"}, {"title": "Two"}])
    body = body.replace(b"FLOOD", b"Before " + flood * 400_000)
    profile = cProfile.Profile()
    parsed = profile.runcall(read, body)
    assert [entry.title for entry in parsed.entries] == ["One", "Two"]
    assert parsed.entries[0].summary.startswith("Before")
    assert sum(entry.callcount for entry in profile.getstats()) < 100_000


def test_an_entry_with_only_an_enclosure_has_its_address():
    body = (
        "<item><title>Gazette 7</title><enclosure url='/g/7.pdf' type='application/pdf' length='9'/></item>"
        "<item><title>Episode 2</title><link>/2</link><enclosure url='/2.mp3' type='audio/mpeg' length='9'/></item>"
    )
    parsed = read(f"<rss version='2.0'><channel><title>t</title>{body}</channel></rss>")
    assert [entry.link for entry in parsed.entries] == ["https://www.example.org/g/7.pdf", "https://www.example.org/2"]


def test_the_base_of_one_entry_does_not_reach_the_next():
    parsed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>'
        '<entry xml:base="https://other.example/x/"><title>One</title><link href="1"/></entry>'
        '<entry><title>Two</title><link href="2"/></entry></feed>'
    )
    assert [entry.link for entry in parsed.entries] == ["https://other.example/x/1", "https://www.example.org/news/2"]


TEXT_INPUT = "<textInput><title>Search</title><description>d</description><name>q</name><link>/s</link></textInput>"


@pytest.mark.parametrize("written", [TEXT_INPUT, "<textInput/>", "<textInput>s</textInput>"])
def test_an_item_with_a_text_input_is_read_as_the_others_are(written):
    parsed = read(
        f"<rss version='2.0'><channel><title>t</title><item><title>One</title>{written}<link>/1</link></item>"
        "<item><title>Two</title><link>/2</link></item></channel></rss>"
    )
    assert [(entry.title, entry.link[-2:]) for entry in parsed.entries] == [("One", "/1"), ("Two", "/2")]


def test_an_item_on_which_the_parser_fails_costs_no_other_item_and_is_counted():
    parsed = read(
        "<rss version='2.0'><channel><title>t</title><item><title>One</title><link>/1</link></item>"
        "<item><title>Two</title><textInput><link>/2</link></item>"
        "<item><title>Three</title><link>/3</link></item></channel></rss>"
    )
    assert [entry.title for entry in parsed.entries] == ["One", "Three"]
    assert (parsed.items, parsed.empty, parsed.malformed) == (3, 1, "ValueError: 1 item on which the parser fails")
