"""The pages Review and Quality: judging one article at a time, undo, and the figures."""

from __future__ import annotations

import re
from dataclasses import replace

import chromium
import pytest
from sample_polls import DAY, HOUR, NOW, a_find, a_poll, a_ranking, an_article
from web_clients import LATER, csrf_token_of, load_config, running_server, same_origin

from monitor.core.model import AuditSample, Judgement, SampledArticle

LONG_AGO = NOW - 365 * DAY
HOSTILE = "New <b>quay</b> & harbour"


@pytest.fixture
def archive(store_with_hits):
    """An archive with a sample: an unmatched article with hostile text, and another."""
    store = store_with_hits
    text = "The harbour gets a new quay <script>x</script>; harbourmasters agree.\n\n" + "quay wall " * 3_000
    store.record(
        a_poll(a_find("quay", article=an_article("quay", title=HOSTILE, text=text)), a_find("pier"), at=NOW + HOUR)
    )
    ids = {article.article.title: article.id for article in store.articles(LONG_AGO)}
    drawn = [
        SampledArticle(article_id=ids[HOSTILE], stratum="head", position=0, score=1.0, terms=("harbour", "quay wall")),
        SampledArticle(article_id=ids["Title of pier"], stratum="rest", position=1, score=-1.0),
    ]
    sample = AuditSample(
        drawn_at=NOW, since=NOW - DAY, until=NOW, rules_hash="", sizes={"hits": 9, "head": 1, "rest": 300}, planned=2,
        articles=tuple(drawn),
    )  # fmt: skip
    store.record_ranking(a_ranking(), sample)
    return store, ids


@pytest.fixture
def page(archive, tmp_path):
    store, _ = archive
    with running_server(load_config(tmp_path / "config", store._address)) as client:
        yield client


def judge(page, article_id, verdict, **fields):
    form = {"verdict": verdict, "csrf_token": csrf_token_of(page.get("/review")), **fields}
    return page.post(f"/review/{article_id}", data=form, headers=same_origin(page))


def test_one_article_is_shown_with_its_terms_marked_and_everything_escaped(page, archive):
    shown = page.get("/review?utm_source=mail").text  # as a gateway may change the link of a mail
    assert "<mark>harbour</mark>" in shown
    assert "<mark>quay wall</mark>" in shown
    assert "<mark>harbour</mark>masters" not in shown
    assert "<b>quay" not in shown
    assert "<script>x" not in shown
    assert "Title of pier" not in shown
    assert "2 drawn articles are left to judge" in shown
    assert "Recall: not enough judged yet: 0 of about 200." in shown


@pytest.mark.parametrize("path", ["/review", "/quality"])
def test_before_the_first_sample_the_pages_say_how_many_hits_it_needs(store_with_hits, tmp_path, path):
    with running_server(load_config(tmp_path / "config", store_with_hits._address)) as client:
        assert "once live rules have 20 hits in 28 days" in client.get(path).text


def test_keys_are_handled_by_a_script_of_the_page_and_forms_work_without_it(page):
    response = page.get("/review")
    assert "script-src 'self'" in response.headers["content-security-policy"]
    assert set(re.findall(r'data-key="(\w)"', response.text)) == {"r", "n", "s"}
    assert "keydown" in page.get("/review.js").text


def test_a_verdict_leads_to_the_next_article_and_can_be_taken_back(page, archive):
    store, ids = archive
    response = judge(page, ids[HOSTILE], "relevant", topic="oversight")
    assert response.headers["location"] == f"/review?done={ids[HOSTILE]}"
    (judgement,) = store.judgements(LONG_AGO)
    assert (judgement.relevant, judgement.topic, judgement.stratum, judgement.judged_at) == (
        True, "oversight", "head", LATER,
    )  # fmt: skip
    after = page.get(response.headers["location"]).text
    assert "Title of pier" in after
    assert "Undo" in after
    judge(page, ids[HOSTILE], "withdraw")
    assert store.judgements(LONG_AGO) == []


@pytest.fixture
def reviewed_in_a_browser(store_with_hits, browser, tmp_path):
    """The page Review in a browser, over a sample of five articles, `a` to `e`."""
    store, names = store_with_hits, "abcde"
    store.record(a_poll(*map(a_find, names), at=NOW + HOUR))
    ids = {article.article.title[-1]: article.id for article in store.articles(LONG_AGO)}
    drawn = tuple(
        SampledArticle(article_id=ids[name], stratum="rest", position=place) for place, name in enumerate(names)
    )
    sample = AuditSample(
        drawn_at=NOW, since=NOW - DAY, until=NOW, rules_hash="", sizes={"rest": 5}, planned=5, articles=drawn
    )
    store.record_ranking(a_ranking(), sample)
    with running_server(load_config(tmp_path / "config", store._address)) as client:
        browser.open(f"{client.base_url}review")
        names_of = {article_id: name for name, article_id in ids.items()}
        yield (
            browser,
            lambda: {names_of[each.article_id]: (each.relevant, each.stratum) for each in store.judgements(LONG_AGO)},
        )


@pytest.mark.browser
@pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium is installed (Debian: apt-get install chromium)")
def test_a_sitting_needs_the_keyboard_alone_and_a_page_without_script_its_buttons(reviewed_in_a_browser):
    page, judged = reviewed_in_a_browser
    titles = []
    for key in "rnunsr":
        titles.append(page.run("document.querySelector('h2').textContent")[-1])
        page.press(key)
    # u takes back the last verdict and shows its article again; s puts c behind the others.
    assert titles == list("abcbcd")
    assert judged() == {"a": (True, "rest"), "b": (False, "rest"), "d": (True, "rest")}
    page.run("document.querySelector('select').focus()")
    page.press("n", leads_away=False)
    page.run("document.activeElement.blur()")
    page.press("r")
    assert judged()["e"] == (True, "rest")
    page.reload_without_scripts()
    page.press("r", leads_away=False)
    page.click("button[value=irrelevant]")
    assert judged()["c"] == (False, "rest")
    assert "Nothing to judge" in page.run("document.body.textContent")


def test_two_readers_who_disagree_on_an_article_are_told(page, archive):
    store, ids = archive
    judge(page, ids[HOSTILE], "relevant", topic="oversight", note="<b>why")
    assert judge(page, ids[HOSTILE], "relevant").headers["location"] == f"/review?done={ids[HOSTILE]}"
    refused = judge(page, ids[HOSTILE], "irrelevant")
    (judgement,) = store.judgements(LONG_AGO)
    assert (judgement.relevant, judgement.topic) == (True, "oversight")
    shown = page.get(refused.headers["location"]).text
    assert "Judged relevant" in shown
    assert '<option value="oversight" selected>' in shown
    assert "<q>&lt;b&gt;why</q>" in shown
    (seen,) = re.findall(r'name="seen" value="(\w*)"', shown)
    judge(page, ids[HOSTILE], "relevant", seen=seen)  # with the topic "not said"
    assert [each.topic for each in store.judgements(LONG_AGO)] == [""]
    judge(page, ids[HOSTILE], "irrelevant", seen=seen)
    (judgement,) = store.judgements(LONG_AGO)
    assert (judgement.relevant, judgement.topic, judgement.stratum) == (False, "", "head")


def test_a_verdict_that_was_taken_back_cannot_be_taken_back_again(page, archive):
    store, ids = archive
    judge(page, ids[HOSTILE], "relevant")
    for _ in range(2):
        assert judge(page, ids[HOSTILE], "withdraw").headers["location"] == f"/review?article={ids[HOSTILE]}&again=1"
    assert store.judgements(LONG_AGO) == []
    assert "Undo" not in page.get(f"/review?done={ids[HOSTILE]}").text


def test_a_skipped_article_is_asked_for_again_after_the_others(page, archive):
    _, ids = archive
    judge(page, ids[HOSTILE], "skip")
    assert "Title of pier" in page.get("/review").text


def test_an_article_that_a_reader_opened_counts_as_chosen(page, archive):
    store, ids = archive
    judge(page, ids["Title of pier"], "irrelevant", chosen="1")
    assert [each.stratum for each in store.judgements(LONG_AGO)] == ["chosen"]


def test_wrong_verdicts_articles_and_topics_are_refused(page, archive):
    _, ids = archive
    assert judge(page, ids[HOSTILE], "perhaps").status_code == 400
    for article_id, verdict in ((4711, "relevant"), ("abc", "irrelevant"), (4711, "skip"), ("abc", "withdraw")):
        refused = judge(page, article_id, verdict)
        assert (refused.status_code, "There is no article with this number" in refused.text) == (404, True)
    assert judge(page, ids[HOSTILE], "relevant", chosen="yes").status_code == 400
    assert judge(page, ids[HOSTILE], "relevant", topic="nonsense").status_code == 400
    assert page.get("/review?article=4711").status_code == 404
    form = {"verdict": "relevant", "csrf_token": "wrong"}
    assert page.post(f"/review/{ids[HOSTILE]}", data=form, headers=same_origin(page)).status_code == 403


def test_figures_are_drawn_with_their_bands_and_listed_in_a_table(page, archive):
    store, ids = archive
    for article_id in ids.values():
        sampled = store.sampled_article(article_id)
        judgement = Judgement(article_id=article_id, relevant=article_id == ids[HOSTILE], judged_at=NOW)
        if sampled:
            judgement = replace(judgement, stratum=sampled[0].stratum, sample_id=sampled[1])
        store.judge(judgement)
    hit = store.hits(limit=1)[0]
    store.label(hit.id, NOW, relevant=True)
    shown = page.get("/quality").text
    assert shown.count("<polygon points=") == 1  # of recall: no hit was judged, so precision can be anything
    assert "Week until" in shown
    assert re.search(r"Recall: not enough judged yet: \d of about 200", shown)
    assert "1 judged" in page.get("/rules").text
    assert "1 judged" in page.get(f"/rules/{hit.rule_id}").text
    assert "100 %" in shown
    answer = page.get("/api/v1/quality").json()
    assert answer["sufficient"] is False
    assert answer["low"] <= answer["high"]
