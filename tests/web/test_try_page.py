"""The page on which an edit of a rule is tried before its file is edited."""

from __future__ import annotations

import re
import threading

import pytest
from sample_polls import DAY, HOUR, NOW, a_find, a_poll, an_article
from try_forms import RULE, SLOW, text_of, try_text, written_in
from web_clients import RULES, TOKEN, csrf_token_of, load_config, running_server, same_origin, sign_in


def test_the_empty_form_has_a_rule_that_passes(client):
    page = client.get("/rules/try")
    assert "topic: oversight" in written_in(page)
    answer = text_of(try_text(client, written_in(page)))
    assert "0 errors, 0 warnings: the text can be read." in answer
    assert "2 tests: 2 passed, 0 failed." in answer


def test_the_form_of_a_rule_has_its_lines_as_the_file_has_them(client):
    assert written_in(client.get("/rules/fines/try")) == RULES[RULES.index("  - id: fines") :]
    assert client.get("/rules/nothing/try").status_code == 404


def test_the_pages_of_rules_and_of_a_search_lead_to_the_form(client):
    assert 'href="/rules/try"' in client.get("/rules").text
    assert 'href="/rules/fines/try"' in client.get("/rules/fines").text
    page = client.get("/search/rule?words=inquiry")
    assert "<b>Try it</b> runs its tests and searches the stored articles" in page.text
    draft = page.text.partition('name="yaml" value="')[2].partition('"')[0]
    assert draft.startswith("version: 1\n")
    assert '<form method="post" action="/rules/try#result">' in page.text


def test_a_finding_is_shown_with_its_line_and_a_mark_under_its_column(client):
    page = try_text(client, RULE.replace("any: [strike]", "any: [$strikes, $more]"))
    assert "2 errors, 0 warnings. Correct the errors first: the rest was not tried." in text_of(page)
    assert "Line 4, column 17" in text_of(page)
    assert 'any: [$strikes, $more]\n<span class="pointer" aria-hidden="true">                ^</span>' in page.text
    assert "Tests of the rule" not in page.text


def test_of_many_findings_the_first_are_shown_and_the_others_folded(client):
    page = try_text(client, RULE + "".join(f"key{number}: x\n" for number in range(70)))
    shown, _, folded = page.text.partition("<summary>60 more findings</summary>")
    assert (shown.count("unknown key"), folded.count("unknown key")) == (10, 40)
    assert "and 20 more; correct these first" in text_of(page)


def test_of_many_failing_tests_the_first_are_shown_and_the_others_folded(client):
    tests = "".join(f"  - miss: Strike number {number}\n" for number in range(30))
    page = try_text(client, RULE + tests)
    shown, _, folded = page.text.partition("<summary>25 more tests</summary>")
    assert (shown.count("must not match, but did"), folded.count("must not match, but did")) == (5, 15)
    assert "and 10 more; monitor rules test lists all" in text_of(page)


def test_a_failing_test_is_shown_with_its_reason_and_what_the_daemon_does(client):
    text = RULE.replace("id: strikes", "id: fines\nstatus: live").replace("luck", "strike")
    answer = text_of(try_text(client, text))
    assert "2 tests: 1 passed, 1 failed." in answer
    assert "failed miss A stroke of strike line 8 must not match, but did: any[0]: 'strike' in title" in answer
    assert "The daemon does not take this edit of fines until the tests pass" in answer


def test_the_tests_of_a_retired_rule_are_not_said_to_be_missing(client):
    answer = text_of(try_text(client, RULE.replace("any:", "status: retired\nany:")))
    assert "Not run, since their rule is retired: 2 tests." in answer
    assert "No tests" not in answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "There is no text to try."),
        (" \r\n\t\n", "There is no text to try."),
        ("# only a comment\n", "W122"),
        ("lists: {places: [port]}\n", "The text has no rule"),
        (RULE.replace("\n", "\r\n"), "2 tests: 2 passed, 0 failed."),
        (RULE.replace("  - hit", "\t- hit"), "a tab cannot start a text; indent with spaces Line 6, column 1"),
        (RULE.replace("[strike]", "[“strike, walkout”]"), "W119"),
        (RULE.replace("- hit", "\u2013 hit"), "an entry starts with '- ', a hyphen and a space"),
        (RULE.replace("  - hit", "\u00a0 - hit"), "U+00A0 looks like a space but is not one"),
        (RULE.replace("any:", "anny:"), "unknown key 'anny'; did you mean 'any'?"),
        (RULE.replace("[strike]", "[$strike]"), "unknown list '$strike'"),
        (RULE.replace("any: [strike]", "regex: (a+)+$"), "E005"),
        (RULE + RULE, "E003"),
        ("a: &a [x, x]\nb: &b [*a, *a]\n", "anchor '&a' is not allowed"),
        ("[" * 10_000, "nested more than 100 levels deep"),
        ("Hello, this is no rule.", "a rule file is a mapping"),
    ],
)
def test_any_text_has_a_clear_answer(client, text, answer):
    page = try_text(client, text)
    assert (page.status_code, answer in text_of(page)) == (200, True), text_of(page)
    assert written_in(page) == text.replace("\r\n", "\n")


def test_a_text_of_a_megabyte_is_refused_with_what_to_do_instead(client):
    page = try_text(client, "x" * 1_000_000)
    assert page.status_code == 413
    assert "run `monitor rules check`" in text_of(page)
    assert try_text(client, "# " + "x" * 900_000).status_code == 200


def test_two_rules_are_checked_and_tested(client):
    two = "- " + RULE.replace("\n", "\n  ") + "\n- " + RULE.replace("strikes", "walkouts").replace("\n", "\n  ")
    assert "4 tests: 4 passed, 0 failed." in text_of(try_text(client, two))


def test_the_back_test_of_one_of_several_rules_is_chosen(client):
    first = try_text(client, RULES)
    assert "Back-test of inquiries" in text_of(first)
    assert '<option value="fines">' in first.text
    assert "Back-test of fines" in text_of(try_text(client, RULES, rule="fines"))
    assert "Back-test of fines" in text_of(try_text(client, RULES, "/rules/fines/try"))


def test_hits_that_an_edit_gains_and_loses_are_shown_as_cards(client, store_with_hits):
    store_with_hits.record(
        a_poll(a_find("two", article=an_article("two", text="A strike. A <b>fine</b> was paid.")), at=NOW + HOUR)
    )
    page = try_text(client, written_in(client.get("/rules/inquiries/try")).replace("[inquiry]", "[strike]"))
    answer = text_of(page)
    assert "1 hit in 1 story" in answer
    assert "The rule in force finds 1: 1 gained, 1 lost, 0 kept." in answer
    assert "All 2 articles of the last 30 days were read" in answer
    gained, _, lost = page.text.partition("<h3>Gained</h3>")[2].partition("<h3>Lost</h3>")
    assert '<a href="/articles/2">Title of two</a>' in gained
    assert "<bdi>The Gazette</bdi>" in gained
    assert "A <mark>strike</mark>." in gained
    assert '<a href="/articles/1">Title of one</a>' in lost
    assert "The regulator opened an <mark>inquiry</mark>" in lost


def test_the_period_is_chosen(client, store_with_hits):
    store_with_hits.record(a_poll(a_find("old"), feed="herald", at=NOW - 20 * DAY))
    assert "There is one article of the last 7 days" in text_of(try_text(client, RULE, days="7"))
    assert "All 2 articles of the last 90 days were read" in text_of(try_text(client, RULE, days="90"))


def test_a_new_rule_shows_what_it_finds_and_an_unknown_period_is_the_default(client):
    answer = text_of(
        try_text(client, RULE.replace("[strike]", "[inquiry]").replace("A strike", "An inquiry"), days="x")
    )
    assert "No rule in force has the id strikes , so all of it is new." in answer
    assert "Found Title of one" in answer
    assert "of the last 30 days" in answer


def test_a_text_or_an_article_is_explained_and_stays_in_the_form(client):
    found = try_text(client, RULE, article="A headline\nThey went on strike.")
    assert "The rule matches, by any[0] ; major" in text_of(found)
    assert "They went on <mark>strike</mark>." in found.text
    assert written_in(found, "article") == "A headline\nThey went on strike."
    missed = try_text(client, RULE, article="1")
    assert "The given article Title of one The Gazette · stored" in text_of(missed)
    assert "The rule does not match, the nearest miss first: any ['strike'] not found" in text_of(missed)
    assert "there is no article 77 in the archive" in text_of(try_text(client, RULE, article="77"))


def test_what_to_do_next_names_the_file_and_shows_what_changes_in_it(client):
    text = written_in(client.get("/rules/fines/try"))
    answer = text_of(try_text(client, text.replace("[fine]", "[fine, penalty]"), "/rules/fines/try"))
    assert "Nothing was saved. Put the text in place of the rule 'fines' in rules/one.yaml, lines 10 to 18." in answer
    assert "Removed: - any: [fine] Added: + any: [fine, penalty]" in answer
    assert "The files in force have this text already." in text_of(try_text(client, text, "/rules/fines/try"))
    new = text_of(try_text(client, RULE.replace("topic: oversight", "topic: oversight\nstatus: draft")))
    assert "Save the text as a new file, such as rules/strikes.yaml" in new
    assert "It does not run 'strikes' while the status is draft or retired." in new


def test_the_id_of_another_rule_is_noticed(client):
    answer = text_of(try_text(client, RULE.replace("id: strikes", "id: inquiries"), "/rules/fines/try"))
    assert "The text does not have the rule 'fines', which would stay as it is." in answer
    assert "There is a rule 'inquiries' (rules/one.yaml, lines 4 to 9) already" in answer


def test_what_was_typed_is_shown_as_text(client):
    hostile = RULE.replace("Strikes", "</textarea><script>alert(1)</script>").replace("any", "<b>any</b>")
    page = try_text(client, hostile)
    assert ("<script>" in page.text, "<b>any</b>" in page.text) == (False, False)
    assert written_in(page) == hostile
    name = "<img src=x> strike"
    text = RULE.replace("strike]", "strike, <img src=x>]").replace("A stroke of luck", f'"{name}"')
    answer = try_text(client, text.replace("Strikes", "'<i>'"), article=f"{name}\n</p><script>1</script> {name}")
    assert (name in text_of(answer), "<img" in answer.text, "<i>" in answer.text) == (True, False, False)
    assert "<script" not in answer.text


def test_only_the_token_opens_the_page(anonymous):
    assert anonymous.get("/rules/try").status_code == 401
    sign_in(anonymous)
    assert "0 errors" in text_of(try_text(anonymous, RULE))
    found = re.search(r"/hits\.atom\?[^\"]*token=(\w+)", anonymous.get("/hits").text)
    assert found
    key = found[1]
    anonymous.cookies.clear()
    assert anonymous.get("/hits.atom", params={"token": key}).status_code == 200
    assert anonymous.get("/rules/try", params={"token": key}).status_code == 401
    assert anonymous.post("/rules/try", params={"token": key}, data={"yaml": RULE}).status_code == 401
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert anonymous.post("/rules/try", data={"yaml": RULE}, headers=bearer).status_code == 200


def test_a_form_of_another_site_is_refused(client):
    form = {"yaml": RULE, "csrf_token": csrf_token_of(client.get("/rules/try"))}
    assert client.post("/rules/try", data=form, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post("/rules/try", data={"yaml": RULE}, headers=same_origin(client)).status_code == 403


def test_no_file_is_changed_and_nothing_is_stored(client, store_with_hits, tmp_path):
    def state():
        files = {path: path.read_bytes() for path in (tmp_path / "config").rglob("*") if path.is_file()}
        return files, store_with_hits.hits(), store_with_hits.count_articles(NOW - HOUR)

    before = state()
    try_text(client, RULES.replace("fine", "inquiry"), "/rules/fines/try")
    assert state() == before


def test_while_a_text_runs_into_its_deadline_polls_and_pages_go_on_and_another_text_waits(store_with_hits, tmp_path):
    loaded = load_config(tmp_path / "config", store_with_hits._address)
    pages = []
    with running_server(loaded, preview_seconds=4.0) as client:
        form = {"yaml": SLOW, "csrf_token": csrf_token_of(client.get("/rules/try"))}

        def try_slow_text():
            while (page := client.post("/rules/try", data=form, headers=same_origin(client))).status_code == 503:
                pass
            pages.append(page)

        thread = threading.Thread(target=try_slow_text)
        thread.start()
        while (busy := try_text(client, RULE)).status_code == 200:
            assert thread.is_alive()
        for number in range(5):
            store_with_hits.record(a_poll(a_find(f"later-{number}", "fines"), at=NOW + (number + 1) * HOUR / 6))
            assert len(client.get("/api/v1/hits").json()) == number + 3
            assert client.get("/hits").status_code == 200
        assert not pages
        thread.join()
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "5")
    assert "another text is being tried" in text_of(busy)
    assert written_in(busy) == RULE
    assert "it took more than 4 s and was stopped" in text_of(pages[0])
    assert written_in(pages[0]) == SLOW
