"""A digest lists what the rules may have missed, once, and how much they are estimated to miss."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

import pytest
from deliver_fixtures import DAY, HOUR, Clock, Mailbox, deliverer_of, news
from sample_news import CONFIG, NOW
from sample_polls import a_find, a_poll, a_ranking

from monitor.core.model import AuditSample, Judgement
from monitor.deliver._composing import imprecise_rules


def an_unmatched(title):
    found = a_find(title)
    return replace(found, article=replace(found.article, title=f"News of {title}"))


def missed(store, clock, *titles):
    """Store unmatched articles and a ranking that lists them; return their ids."""
    known = {article.id for article in store.articles(NOW - 999 * DAY)}
    store.record(a_poll(*(an_unmatched(title) for title in titles), at=clock()))
    ids = [article.id for article in store.articles(NOW - 999 * DAY) if article.id not in known]
    store.record_ranking(a_ranking(*ids, trained_at=clock()))
    return ids


async def sent(deliverer, box):
    deliverer.run_digest(CONFIG.id)
    await deliverer.send_queued()
    return box.received[-1][0]


async def test_articles_that_resemble_the_hits_are_listed_in_one_digest(any_store):
    clock, box = Clock(), Mailbox(formats=frozenset({"html", "json"}))
    deliverer = deliverer_of(any_store, box, clock=clock)
    missed(any_store, clock, "quays", "<b>piers</b>")
    news(any_store, "fines", clock.forward(HOUR))
    message = await sent(deliverer, box)
    assert "Possibly missed" in message.text
    assert "quays" in message.text
    assert "News of &lt;b&gt;piers" in message.html
    assert "News of <b>piers" not in message.html
    assert message.payload["extra_parts"][0]["title"] == "Possibly missed"
    news(any_store, "chips", clock.forward(HOUR))
    assert "Possibly missed" not in (await sent(deliverer, box)).text


async def test_zero_lists_none(store):
    clock, box = Clock(), Mailbox()
    deliverer = deliverer_of(store, box, clock=clock, possibly_missed=0)
    missed(store, clock, "quays")
    news(store, "fines", clock.forward(HOUR))
    assert "Possibly missed" not in (await sent(deliverer, box)).text


@pytest.mark.parametrize(("relevant", "is_said"), [(None, True), (29, True), (30, False)])
async def test_a_digest_says_that_nothing_is_listed_while_there_is_too_little_to_learn_from(store, relevant, is_said):
    clock, box = Clock(), Mailbox()
    deliverer = deliverer_of(store, box, clock=clock)
    deliverer.configure(replace(deliverer._config, is_audited=True))
    if relevant is not None:
        store.record_ranking(a_ranking(trained_at=clock(), relevant=relevant))
    news(store, "fines", clock.forward(HOUR))
    text = " ".join((await sent(deliverer, box)).text.split())
    assert ("Possibly missed articles are not listed yet: there are too few hits" in text) is is_said


async def test_a_history_of_wrong_guesses_raises_the_threshold(store):
    clock, box = Clock(), Mailbox()
    deliverer = deliverer_of(store, box, clock=clock)
    ids = missed(store, clock, *(f"quay {number}" for number in range(25)))
    for article_id in ids[:22]:
        store.judge(Judgement(article_id=article_id, relevant=False, judged_at=clock(), score=1.5))
    news(store, "fines", clock.forward(HOUR))
    assert "Possibly missed" not in (await sent(deliverer, box)).text


@pytest.mark.parametrize(
    ("judged", "line"), [(3, "Recall: not enough judged yet: 3 of about 106."), (200, "% (95 % interval")]
)
async def test_the_estimated_recall_stands_in_the_coverage(store, judged, line):
    clock, box = Clock(), Mailbox()
    deliverer = deliverer_of(store, box, clock=clock)
    ids = missed(store, clock, *(f"quay {number}" for number in range(judged)))
    sizes = {"hits": judged, "head": judged + 100, "next": 0, "middle": 0, "rest": 0}
    sample = AuditSample(drawn_at=clock(), since=NOW - DAY, until=clock(), rules_hash="", sizes=sizes, planned=judged)
    store.record_ranking(a_ranking(trained_at=clock()), sample)
    for article_id, stratum in zip(ids, cycle(["hits", "head"])):
        judgement = Judgement(article_id=article_id, relevant=True, judged_at=clock(), stratum=stratum, sample_id=1)
        store.judge(replace(judgement, matched=stratum == "hits"))
    news(store, "fines", clock.forward(HOUR))
    message = await sent(deliverer, box)
    assert line in " ".join(message.text.split())


async def test_the_review_of_a_week_names_rules_whose_hits_are_mostly_wrong(store):
    clock, box = Clock(), Mailbox()
    deliverer = deliverer_of(store, box, clock=clock, review=True)
    for number in range(12):
        news(store, f"fines {number}", clock.forward(HOUR))
    for hit in store.hits():
        store.label(hit.id, clock(), relevant=False)
    config = replace(deliverer._config, min_precision=0.5)
    (line,) = imprecise_rules(store, config, clock())
    assert line.text.endswith("precision 0 % (0-24), 12 judged")
    assert imprecise_rules(store, replace(config, min_precision=0.2), clock()) == []
