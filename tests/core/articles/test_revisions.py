# ruff: noqa: RUF001 - a comma in Chinese
"""Changes of a refetched page: edits, trivial changes, and pages that must not replace a text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.core.articles.revisions import classify_change
from monitor.core.model import Article

BODY = (
    "The ministry published its guidance on general-purpose models for providers and deployers.",
    "Providers of such models keep technical documentation and show it to the office on request.",
    "The rules apply from 2 August 2026.",
)


def article(*paragraphs: str, **more) -> Article:
    usual = {"title": "Guidance for providers of models", "quality": "full"}
    return Article(**usual | {"text": "\n\n".join(paragraphs)} | more)


BEFORE = article(*BODY)


def verdict(*paragraphs: str, **more) -> str:
    return classify_change(BEFORE, article(*paragraphs, **more)).verdict


def test_the_same_text_is_the_same():
    assert classify_change(BEFORE, BEFORE) == ("same", "")


@pytest.mark.parametrize(
    "paragraphs",
    [
        (*BODY, "Small firms are exempt until further notice."),
        (BODY[0], BODY[2]),
        (BODY[0], BODY[1], "The rules apply from 2 August 2027."),
        (BODY[0], BODY[1].replace("on request", "every year"), BODY[2]),
        (*BODY, "新的规定将于二零二六年八月二日起在全国范围内施行，届时企业须备案。"),
        (
            *BODY,
            "กฎระเบียบใหม่เกี่ยวกับปัญญาประดิษฐ์จะมีผลบังคับใช้ในวันที่สองสิงหาคมสองพันยี่สิบเจ็ดผู้ให้บริการทุกรายต้องขึ้นทะเบียนกับสำนักงานก่อนวันดังกล่าวและต้องส่งรายงานทุกปี",
        ),
        ("This guidance for providers of models was withdrawn on 1 December 2026.",),
    ],
)
def test_a_sentence_that_came_went_or_reads_otherwise_is_a_change(paragraphs):
    assert verdict(*paragraphs) == "changed"


def test_a_change_says_what_came_and_went():
    assert (
        classify_change(BEFORE, article(*BODY[:2], "The rules apply from 2 August 2027.")).reason
        == "sentences: 1 came, 1 went"
    )


@pytest.mark.parametrize(
    "paragraphs",
    [
        ("Two minutes ago", *BODY),
        (*BODY, "14:05"),
        (*BODY, "Posted by the press office 25 minutes ago."),
        (*BODY, "This page was last updated on 24 November 2026."),
        (*BODY, "Zuletzt aktualisiert am 24. November 2026."),
        (*BODY, "Read 1,204 times, and 17 comments."),
        (*BODY, "Minister opens a bridge in the north", "Storm warning for all of the coast"),
        (BODY[0] + " " + BODY[1], BODY[2]),
        (BODY[2], BODY[0], BODY[1]),
        (BODY[0].replace("general-purpose", "General-Purpose"), BODY[1], BODY[2].replace(" ", "\u00a0")),
        (BODY[0], BODY[1] + " ", BODY[2]),
    ],
)
def test_what_changes_at_every_look_is_trivial(paragraphs):
    assert verdict(*paragraphs) == "trivial"


def test_what_the_source_prints_under_everything_is_no_part_of_a_change():
    plea = "Our letter on artificial intelligence comes every Friday, free of charge and of advertising."
    after = article(*BODY, plea)
    start = after.text.index(plea)
    assert classify_change(BEFORE, after).verdict == "changed"
    assert classify_change(BEFORE, replace(after, boilerplate=((start, start + len(plea)),))).verdict == "trivial"


def test_another_title_is_a_change():
    assert classify_change(BEFORE, replace(BEFORE, title="Withdrawn guidance")) == ("changed", "another title")


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (article("Log in.", partial=True, partial_reason="short page: 2 words"), "short page: 2 words"),
        (article(*BODY, "More.", quality="plain"), "read as plain, was full"),
        (article("A summary of the feed.", quality="feed"), "read as feed, was full"),
        (
            article(*["Accept our cookies, or subscribe, and read on about all that moves the country today."] * 20),
            "another page: it has nothing of the text, and does not speak of its title",
        ),
    ],
)
def test_a_page_that_is_worse_does_not_count_as_an_edit(after, why):
    assert classify_change(BEFORE, after) == ("rejected", why)


def test_a_text_that_was_written_anew_under_its_title_is_a_change():
    text = "Guidance for providers: all models are registered from now on, and fees are due at the end of each year."
    assert verdict(text) == "changed"


def test_a_better_reading_is_taken():
    assert (
        classify_change(replace(BEFORE, quality="plain"), article(*BODY, "Fees are due in May of each year.")).verdict
        == "changed"
    )
