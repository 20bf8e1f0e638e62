"""Any text of publishers: every digest renders in every format, with one subject, and without active content."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

from html_pages import Page
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sample_news import CONFIG, COVERAGE, FEEDS, HITS, NOW, a_digest

from monitor.channels.mail_message import compose_mail
from monitor.core.digests.composing import with_openings
from monitor.core.digests.digest import ExtraPart, PartLine
from monitor.core.digests.translations import headlines_of, parse_translations, with_translations
from monitor.core.digests.web_links import WebLinks
from monitor.core.messages import MessageTarget, RenderedDigest, digest_messages, render
from monitor.core.model import Delivery, DeliveryState, Evidence, Opening

ANY = st.text(st.characters(), max_size=80) | st.sampled_from(
    ["\r\nBcc: all@example.org\r\n\r\n", "\u2028\u2029\x85\x0b\x0c\x1c", "\ud800\udfff", "\u202eevil\u2066",
     "\x00\x1b[31m", "<script>x</script>", "<!channel>", "=?utf-8?q?=0D=0A?=", "{{x}}", "]]>", "a" * 80]
)  # fmt: skip
DIGESTS = int(os.environ.get("RANDOM_DIGESTS", "120"))
"""How many random digests are rendered; a thousand take minutes."""
BREAKS = set("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
ACTS = {"\x00", "\x1b", "\u202e", "\u2066", "\u202d", "\u2067"}


def hostile(title, words, sentence, offset, url, feed_title):
    evidence = Evidence(
        term=words,
        as_written=words,
        zone="lead",
        start=offset,
        end=offset + len(words),
        sentence=sentence,
        sentence_start=0,
    )
    fields = {"title": title, "url": url, "language": words[:4], "rule_id": words, "evidence": (evidence,)}
    hits = [
        replace(HITS[0], **fields),
        replace(HITS[9], **fields | {"language": "fr"}),
        replace(HITS[11], **fields),
        replace(HITS[12], **fields),
    ]
    feeds = {feed_id: replace(feed, title=feed_title) for feed_id, feed in FEEDS.items()}
    coverage = replace(COVERAGE, feeds=tuple(replace(feed, title=feed_title, reason=words) for feed in COVERAGE.feeds))
    config = replace(CONFIG, title=feed_title)
    digest = a_digest(hits=hits, feeds=feeds, coverage=coverage, config=config, stories=[])
    opening = Opening(title=title, text=f"{sentence} {words}\n\n{sentence} said that it would {words} in a day or two.")
    part = ExtraPart(title=feed_title, note=words, stories=digest.backfilled, lines=(PartLine(words, url),))
    whole = replace(digest, links=WebLinks("https://m.example", b"k"), see_more="web", extra_parts=(part,))
    opened = with_openings(whole, {hit.article_id: opening for hit in hits})
    line = " ".join(f"{words} {title}".split("\n")).strip() or "x"
    answers = [parse_translations([each], line) for each in headlines_of(digest.stories, "en")]
    return with_translations(opened, {key: text for answer in answers for key, text in answer.items()})


def mailed(rendering):
    message = digest_messages(
        rendering, MessageTarget(channel="mail", formats=frozenset({"html"}), recipients=("a@b.example",)), "d"
    )[0]
    delivery = Delivery(
        id=1, message_key=message.key, kind="digest", channel="mail", recipient="a@b.example", subject=message.subject,
        state=DeliveryState.SENDING, attempts=1, created_at=NOW, next_attempt_at=None, sent_at=None,
    )  # fmt: skip
    return message_from_bytes(
        compose_mail(message, delivery, sender="m@b.example", to=["a@b.example"]).as_bytes(), policy=default
    )


@settings(max_examples=DIGESTS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=ANY, words=ANY, sentence=ANY, offset=st.integers(-3, 90), url=ANY, feed_title=ANY)
@example(title="\n", words="", sentence="", offset=0, url="", feed_title="")
def test_every_digest_builds_in_every_format_and_nothing_in_it_acts(title, words, sentence, offset, url, feed_title):
    rendering = RenderedDigest(hostile(title, words, sentence, offset, url, feed_title))

    subject = render.subject(rendering.digest)
    assert len(subject.splitlines()) == 1
    assert len(subject) < 250

    for page in (rendering["text"], rendering["html"]):
        assert not set(page) & (BREAKS | ACTS)
        page.encode("utf-8")
    assert "<script" not in rendering["html"]
    assert len(rendering["html"].encode()) <= 100_000
    assert Page(rendering["html"]).named("h1")
    assert not re.search(r"""<[^>]*\s(on\w+|src)\s*=""", rendering["html"])
    assert all(
        link.startswith(("http://", "https://", "#coverage"))
        for link in re.findall(r'href="([^"]*)"', rendering["html"])
    )

    blocks = json.dumps(rendering["slack"], ensure_ascii=False)
    assert not re.search(r"<[!@#]", blocks)
    json.dumps(rendering["json"], allow_nan=False).encode("ascii")

    mail = mailed(rendering)
    assert len(mail.get_all("Subject")) == len(mail.get_all("To")) == 1
    assert mail["Bcc"] is None
    assert mail["Subject"].strip() == " ".join(subject.replace("=?", "= ?").split())
    assert mail.get_body(["plain"]).get_content().split() == rendering["text"].split()
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
