"""Newsletters: what of a message becomes an article, with which address and text."""

import base64
from datetime import UTC, datetime

import pytest

from monitor.core import sources
from monitor.core.model import Changed, Failed, Feed, Response
from monitor.core.newsletters import mime, tracking
from monitor.core.newsletters.mail_batch import MailBatch, StoredMail
from tests.imapserver import letter

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
URL = "imaps://reader@mail.example/News"
WEEKLY = """<html><body><div style="display:none">Preview of the letter</div>
<p>Not displayed correctly? <a href="https://click.news.example/v/8f3kd93kf93kd0s9dk3">Read online</a></p>
<table><tr><td><h2><a href="https://agency.example/ai-act?utm_source=e&mc_eid=77ab&id=12">AI Act delayed</a></h2>
<p>The Council agreed to move the dates. <a href="https://agency.example/ai-act?utm_source=e&id=12">Read more</a></p>
</td></tr><tr><td><h2>New export rules for chips</h2><p>The Bureau published them on Friday.</p>
<a href="https://u123456.ct.sendgrid.net/ls/click?upn=Mn8f3kd93kf93kd0s9dk3-2B5">Continue reading</a></td></tr></table>
<p>Follow us: <a href="https://twitter.com/weekly">Twitter</a>
<a href="https://news.example/unsubscribe?u=77">Unsubscribe</a> <a href="https://news.example/">news.example</a></p>
</body></html>"""


def parse(*raw, split="none", **more):
    batch = MailBatch(
        messages=tuple(StoredMail(each.encode() if isinstance(each, str) else each) for each in raw), **more
    )
    feed = Feed(id="x", url=URL, kind="imap", split=split)
    return sources.kind_of(feed).parse(feed, Response(url=URL, status=200, body=batch.to_bytes()), NOW, b"").outcome


def rows(outcome):
    return [(entry.title, entry.link, entry.no_page) for entry in outcome.entries]


def test_a_message_is_an_article_with_its_text_and_the_address_to_read_it_in_a_browser():
    (entry,) = parse(letter(1, html=WEEKLY)).entries
    assert (entry.title, entry.author) == ("Issue 1 of the weekly letter", "Policy Weekly")
    assert entry.guid == "mid:issue-1@news.example"
    assert entry.link == "https://click.news.example/v/8f3kd93kf93kd0s9dk3"
    assert entry.no_page == ""
    assert entry.published_at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert "The Council agreed to move the dates." in entry.summary
    assert "Preview of the letter" not in entry.summary


def test_each_link_to_an_article_is_one_with_its_own_text_and_without_the_subscriber():
    outcome = parse(letter(1, html=WEEKLY), split="links")
    assert rows(outcome) == [
        ("AI Act delayed", "https://agency.example/ai-act?id=12", None),
        (
            "New export rules for chips",
            "https://u123456.ct.sendgrid.net/ls/click?upn=Mn8f3kd93kf93kd0s9dk3-2B5",
            "tracking link: not followed",
        ),
    ]
    assert "The Bureau published them on Friday." in outcome.entries[1].summary
    assert "The Council" not in outcome.entries[1].summary


@pytest.mark.parametrize("wrapper", ["{}", "<div>{}</div>", "<tr><td>{}</td></tr>"])
def test_paragraphs_below_a_title_belong_to_its_link(wrapper):
    parts = (
        '<h2><a href="https://a.example/2026/delay">Ministers agree on a delay</a></h2>',
        "<!-- [if mso] --><p>The AI Act waits.</p>",
        '<p>So do fines. <a href="https://a.example/2026/delay">Read more</a></p>',
        '<p><b><a href="https://a.example/2026/chips">Rules for chips are published</a></b></p>',
        "<p>Exports need a licence.</p>",
        '<p><a href="https://a.example/2026/court">Court hears the authors</a></p>',
        "<p>The hearing is on Monday.</p>",
        "<p>Press Ltd, 1 High Street, London</p>",
    )
    body = "".join(map(wrapper.format, parts))
    table = f"<table>{body}</table>" if "<tr>" in wrapper else body
    entries = parse(letter(1, html=f"<html><body>{table}</body></html>"), split="links").entries
    assert [entry.summary.split("\n\n")[1:] for entry in entries] == [
        ["The AI Act waits.", "So do fines. Read more"],
        ["Exports need a licence."],
        ["The hearing is on Monday."],
    ]


def test_the_same_issue_for_another_subscriber_gives_the_same_articles():
    other = WEEKLY.replace("mc_eid=77ab", "mc_eid=99zz").replace("upn=Mn8f", "upn=Kx71")
    first, second = (parse(letter(1, html=html), split="links").entries for html in (WEEKLY, other))
    assert (first[0].key, first[0].content_hash) == (second[0].key, second[0].content_hash)
    assert [entry.key for entry in first] == [entry.key for entry in second]


def test_text_beside_no_link_and_messages_without_links_are_articles_too():
    editorial = "<p>" + "We think that the AI Act needs time, and say why in this letter. " * 8 + "</p>"
    outcome = parse(letter(1, html=editorial + WEEKLY), letter(2, "Only text."), split="links")
    titles = [entry.title for entry in outcome.entries]
    assert titles == ["Issue 1 of the weekly letter", "AI Act delayed", "New export rules for chips",
                      "Issue 2 of the weekly letter"]  # fmt: skip
    assert "We think that the AI Act" in outcome.entries[0].summary
    assert "The Bureau published" not in outcome.entries[0].summary


def test_paragraphs_of_plain_text_with_an_address_are_links():
    text = "Hello,\n\nAI Act delayed\nThe Council agreed.\nhttps://agency.example/ai-act?mc_eid=1\n\nUnsubscribe: https://a.example/u"
    outcome = parse(letter(1, text), split="links")
    assert rows(outcome) == [("AI Act delayed", "https://agency.example/ai-act", None)]


def test_a_message_that_archives_itself_has_that_address():
    (entry,) = parse(letter(1, "Text.", Archived_At="<https://lists.example/archive/17>")).entries
    assert entry.link == "https://lists.example/archive/17"


def test_a_message_without_any_web_address_has_none_and_is_known_by_its_message_id():
    first, second = (parse(letter(1, text)).entries[0] for text in ("Text.", "Text, delivered again."))
    assert (first.link, first.no_page) == ("", "")
    assert first.key == second.key


def test_the_beginning_of_a_message_is_marked_as_such():
    batch = MailBatch(messages=(StoredMail(letter(1, "Text.").encode(), is_cut=True),))
    feed = Feed(id="x", url=URL, kind="imap")
    response = Response(url=URL, status=200, body=batch.to_bytes())
    (entry,) = sources.kind_of(feed).parse(feed, response, NOW, b"").outcome.entries
    assert entry.no_page == "cut: only the beginning of the message was read"


def in_base64(text):
    return base64.urlsafe_b64encode(text).decode()


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("https://agency.example/a?utm_source=x&utm_medium=e&id=7&email=me@x.example", "https://agency.example/a?id=7"),
        ("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fagency.example%2Fa&data=05", "https://agency.example/a"),
        ("https://urldefense.com/v3/__https://agency.example/a__;!!Nz8!x$", "https://agency.example/a"),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__agency.example_a&d=DwM", "https://agency.example/a"),
        ("https://links-1.govdelivery.com/CL0/https:%2F%2Fagency.example%2Fa%3Futm_medium=email/1/0101018b/x", "https://agency.example/a"),
        ("https://www.google.com/url?q=https://agency.example/a&sa=D", "https://agency.example/a"),
        (
            "https://click.convertkit-mail4.com/p9u/6qh/" + in_base64(b"https://agency.example/a"),
            "https://agency.example/a",
        ),
        (
            "https://substack.com/redirect/2/" + in_base64(b'{"e":"https://agency.example/a"}') + ".sig",
            "https://agency.example/a",
        ),
    ],
)  # fmt: skip
def test_the_address_within_a_tracking_link_is_read_and_nothing_is_requested(link, leads_to):
    assert tracking.resolve(link) == (leads_to, False)


@pytest.mark.parametrize(
    "link",
    [
        "https://us1.list-manage.com/track/click?u=8f3&id=93k&e=77",
        "https://u25184427.ct.sendgrid.net/ls/click?upn=MnmHBiCwIPe9TmIJeskmA7",
        "https://newsletter.paper.example/d?o0c3tok00bmx3ed0d0000lgq00000000c5dbh3g052lovruo42pjs4yb",
        "https://newsletter.club.example/click.html?x=a62e&lc=sOsMIy&mc=n&s=zVyFum2&u=dFaV9",
    ],
)
def test_a_tracking_link_that_says_nothing_is_kept_and_known_as_one(link):
    assert tracking.resolve(link) == (link, True)


@pytest.mark.parametrize(
    "link",
    [
        "https://news.example/c/council-agrees-on-the-ai-act-2026",
        "https://www.agency.example/track/records-of-2026",
        "https://blog.substack.com/p/an-article",
        "https://web.archive.org/web/2026/https://agency.example/a",
    ],
)
def test_a_plain_link_is_no_tracking_link(link):
    assert tracking.resolve(link) == (link, False)


# ---------------------------------------------------------------- messages that are broken or hostile

ISSUE = "Issue 1 of the weekly letter"
ALTERNATIVE = (
    b"Subject: =?utf-8?Q?Gesetz_f=C3=BCr_KI?=\r\nMessage-ID: <1@x>\r\n"
    b'Content-Type: multipart/alternative; boundary="=_b"\r\n\r\npreamble\r\n'
    b"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n"
    b"--=_b\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<p>Gesetz f=FCr KI</p>\r\n--=_b\r\nContent-Disposition: attachment\r\nContent-Type: text/html\r\n\r\nno\r\n"
    b"--=_b--\r\n"
)


def test_parts_are_decoded_and_attachments_left_out():
    message = mime.read_message(ALTERNATIVE)
    assert message.headers["subject"] == "Gesetz für KI"
    assert (message.text, message.html.strip()) == ("plain", "<p>Gesetz für KI</p>")


@pytest.mark.parametrize("disposition", ["inline", 'attachment; filename="Export controls.eml"'])
@pytest.mark.parametrize(
    ("cover", "forwarded"), [("plain", "plain"), ("plain", "html"), ("html", "plain"), ("html", "html")]
)
def test_a_letter_that_is_forwarded_as_an_attachment_is_read_with_its_subject(disposition, cover, forwarded):
    inner = letter(1, "<p>The ban <i>begins</i>.</p>" if forwarded == "html" else "The ban begins.",
                   subject="=?utf-8?Q?Contr=C3=B4les_=26_chips?=", Content_Type=f"text/{forwarded}")  # fmt: skip
    parts = f"--b\r\nContent-Type: text/{cover}\r\n\r\nFor you\r\n--b\r\nContent-Type: message/rfc822\r\n"
    raw = letter(2, f"{parts}Content-Disposition: {disposition}\r\n\r\n{inner}\r\n--b--\r\n",
                 subject="Fwd: see attached", Content_Type="multipart/mixed; boundary=b")  # fmt: skip
    (entry,) = parse(raw.encode()).entries
    assert (entry.title, entry.summary.split()) == (
        "Fwd: see attached",
        ["For", "you", "Contrôles", "&", "chips", "The", "ban", "begins."],
    )


@pytest.mark.parametrize(("forwarded", "behind"), [("plain", "html"), ("html", "plain"), ("html", "html")])
def test_a_forwarded_letter_and_what_stands_behind_it_are_both_read(forwarded, behind):
    inner = letter(1, "The ban begins.", subject="Chips", Content_Type=f"text/{forwarded}")
    parts = (
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b\r\nContent-Type: text/{behind}\r\n\r\nFor you\r\n"
    )
    raw = letter(2, f"{parts}--b--\r\n", Content_Type="multipart/mixed; boundary=b")
    (entry,) = parse(raw.encode()).entries
    assert entry.summary.split() == ["Chips", "The", "ban", "begins.", "For", "you"]


@pytest.mark.parametrize(
    ("raw", "title", "text"),
    [
        (ALTERNATIVE[: ALTERNATIVE.index(b"KI</p>") + 2], "Gesetz für KI", "Gesetz für KI"),
        (ALTERNATIVE.replace(b"iso-8859-1", b"no-such-charset"), "Gesetz für KI", "Gesetz für KI"),
        (ALTERNATIVE.replace(b"=?utf-8?Q?", b"=?no-such?Q?"), "Gesetz für KI", "Gesetz für KI"),
        (letter(1, "Text.", subject="=?utf-8?B?a?= broken").encode(), "=?utf-8?B?a?= broken", "Text."),
        (letter(1, "Text.", subject="One\r\n two\r\n\tthree").encode(), "One two three", "Text."),
        (letter(1, "Text.", subject="=?utf-8?Q?a=0D=0ABcc:_x@y?=").encode(), "a Bcc: x@y", "Text."),
        (letter(1, "Text.", Content_Type="multipart/mixed; boundary=missing").encode(), ISSUE, "Text."),
        (letter(1, "Text.", Content_Type="multipart/mixed").encode(), ISSUE, "Text."),
        (letter(1, "Text.", Content_Type='text/plain; charset="utf-16\x01; x').encode(), ISSUE, "Text."),
        (letter(1, "VGV4dC4", Content_Transfer_Encoding="base64").encode(), ISSUE, "Text."),
        (b"\r\n\r\nText.", "Text.", "Text."),
        ("Subject: K\u00fcnstliche Intelligenz\r\n\r\nText.".encode("latin-1"), "Künstliche Intelligenz", "Text."),
    ],
)  # fmt: skip
def test_a_broken_message_gives_what_can_be_read_of_it(raw, title, text):
    (entry,) = parse(raw).entries
    assert (entry.title, entry.summary) == (title, text)


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Fri, 31 Feb 2026 99:00:00 +9999", "Thu, 01 Jan 2099 00:00:00 +0000"]
)
def test_an_invalid_date_is_replaced_by_when_the_message_was_received(date):
    received = datetime(2026, 11, 23, tzinfo=UTC)
    batch = MailBatch(messages=(StoredMail(letter(1, "Text.", Date=date).encode(), received),))
    feed = Feed(id="x", url=URL, kind="imap")
    response = Response(url=URL, status=200, body=batch.to_bytes())
    (entry,) = sources.kind_of(feed).parse(feed, response, NOW, b"").outcome.entries
    assert entry.published_at == received


def nested(depth):
    raw = b"Content-Type: text/html\r\n\r\n<p>Deep.</p>"
    for level in range(depth):
        raw = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) + raw
    return b"Subject: Nested\r\n" + raw


@pytest.mark.parametrize(
    "raw",
    [
        nested(5_000),
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 200_000,
        b"Subject: " + b"=?utf-8?Q?" * 100_000 + b"\r\n\r\nx",
        b"Subject: x\r\n" + b" folded\r\n" * 100_000 + b"\r\nx",
        b"X: y\r\n" * 200_000,
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
        b"Content-Type: text/html\r\n\r\n<p>" + b"<a href=https://a.example/x>x</a> " * 50_000,
        b"Content-Type: text/html\r\n\r\n<p>"
        + b"".join(b"<a href=https://a.example/%d>here</a> " % n for n in range(40_000)),
        b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td><a href=https://a.example/x>" * 30_000,
        b"Content-Type: text/html\r\n\r\n<a href='https://click.a.example/" + b"https%3A%2F%2F" * 100_000 + b"'>x</a>",
        b"Subject: x\r\n\r\n" + b"https://a.example/" * 100_000,
        b"Subject: x\r\n\r\n" + b"\n \n" * 500_000,
    ],
    ids=lambda raw: f"{raw[:40]!r}",
)
def test_a_hostile_message_takes_linear_time_and_costs_no_other_one(raw):
    outcome = parse(letter(1, "First."), raw[:2_000_000], letter(3, "Third."), split="links")
    assert isinstance(outcome, Changed)
    assert {"First.", "Third."} <= {entry.summary for entry in outcome.entries}
    assert outcome.seen == len(outcome.entries) + outcome.empty + outcome.duplicates + outcome.truncated


def test_a_saved_message_and_a_file_of_messages_are_read_and_anything_else_is_no_mail():
    feed = Feed(id="x", url=URL, kind="imap")

    def outcome(body):
        return sources.kind_of(feed).parse(feed, Response(url=URL, status=200, body=body), NOW, b"").outcome

    mbox = b"From a Mon\n" + letter(1, "One.\r\n").encode() + b"\n\nFrom b Tue\n" + letter(2, ">From here on.").encode()
    assert [entry.summary for entry in outcome(mbox).entries] == ["One.", "From here on."]
    assert len(outcome(letter(1, "One.").encode()).entries) == 1
    assert outcome(b"<html>").reason == "not a feed: no message of e-mail"
    assert isinstance(outcome(b""), Failed)
