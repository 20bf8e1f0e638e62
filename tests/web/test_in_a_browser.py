"""Pages in a real browser: they fit a phone, run no script, and the policy admits the program's own style."""

from __future__ import annotations

import html
import re
import subprocess
import tempfile

import chromium
import pytest
from sample_polls import HOUR, NOW, a_find, a_message, a_poll, an_article
from try_forms import try_text
from web_clients import RULES, load_config, running_server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium is installed (Debian: apt-get install chromium)"),
]
PATHS = (
    *(
        "/",
        "/hits",
        "/stories",
        "/search?words=inquiry",
        "/articles/1",
        "/articles/2",
        "/feeds",
        "/rules",
        "/rules/fines",
        "/rules/try",
        "/rules/fines/try",
    ),
    *("/digests", "/digests/daily", "/deliveries", "/review", "/quality", "/nothing"),
)
ENDLESS = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 5
MEASURE = """[...document.querySelectorAll("iframe")].map(frame => {
  const page = frame.contentDocument;
  const out = [...page.querySelectorAll("body *")].filter(e => !e.closest(".sr, .skip, thead"))
    .filter(e => e.getBoundingClientRect().right > frame.clientWidth + 1).map(e => e.outerHTML.slice(0, 80));
  return {width: page.documentElement.scrollWidth, out: out.slice(0, 3)};
})"""


@pytest.fixture
def page(store_with_hits, tmp_path):
    """Serve pages over very long and hostile texts."""
    hostile = an_article(
        "bad",
        title=f"<script>document.title='owned'</script>{ENDLESS}",
        text=f"An inquiry <img src=x onerror=1> {ENDLESS}.",
    )
    store_with_hits.record(a_poll(a_find("bad", "inquiries", article=hostile), at=NOW + HOUR))
    with running_server(load_config(tmp_path / "config", store_with_hits._address)) as client:
        yield client


@pytest.mark.parametrize("width", [320, 1100])
def test_no_page_overflows_its_width(page, browser, tmp_path, width):
    style = f"<style>{page.get('/style.css').text}</style>"
    frames = ""
    for path in PATHS:
        shown = page.get(path).text.replace('<link rel="stylesheet" href="/style.css">', style)
        shown = re.sub(r"<iframe src=\S+", "<iframe", shown)
        size = f"border:0;display:block;width:{width}px;height:800px"
        frames += f'<iframe style="{size}" srcdoc="{html.escape(shown)}"></iframe>'
    (tmp_path / "frames.html").write_text(f'<!DOCTYPE html><body style="margin:0">{frames}', "utf-8")
    browser.open((tmp_path / "frames.html").as_uri())
    assert dict(zip(PATHS, browser.run(MEASURE), strict=True)) == {path: {"width": width, "out": []} for path in PATHS}


def test_the_result_of_a_tried_rule_overflows_no_width(page, browser, tmp_path):
    texts = [
        RULES.replace("[inquiry]", f"[inquiry, {ENDLESS}]"),
        f"id: {ENDLESS}\ntitle: '{ENDLESS}'\nany: [${ENDLESS[:60]}]\n{ENDLESS[:80]}: x\n",
        RULES.replace("{miss: No}", f"{{miss: An inquiry {ENDLESS}}}"),
    ]
    style = f"<style>{page.get('/style.css').text}</style>"
    frames = ""
    for text in texts:
        shown = try_text(page, text, article="2").text.replace('<link rel="stylesheet" href="/style.css">', style)
        for width in (320, 1100):
            size = f"border:0;display:block;width:{width}px;height:800px"
            frames += f'<iframe style="{size}" srcdoc="{html.escape(shown)}"></iframe>'
    (tmp_path / "frames.html").write_text(f'<!DOCTYPE html><body style="margin:0">{frames}', "utf-8")
    browser.open((tmp_path / "frames.html").as_uri())
    assert [each["width"] for each in browser.run(MEASURE)] == [320, 1100] * 3


TRY = """(() => {
  const text = document.querySelector('textarea[name="yaml"]');
  text.value = text.value.replace("[fine]", "[fine, inquiry]");
  return [...document.querySelectorAll("main a, main textarea, main select, main button")]
    .map(each => each.name || each.textContent);
})()"""
RESULT = """({hash: location.hash, first: document.querySelector("#result h2").textContent,
  gained: [...document.querySelectorAll("#result .hit mark")].map(each => each.textContent),
  text: document.querySelector('textarea[name="yaml"]').value.includes("[fine, inquiry]"),
  scripts: document.scripts.length})"""


def test_an_edit_is_tried_without_scripts_and_the_result_comes_into_view(page, browser):
    browser.open(f"{page.base_url}rules/fines/try")
    browser.reload_without_scripts()
    assert browser.run(TRY) == ["Back to the rule", "yaml", "article", "days", "Try"]
    browser.click(".try button")
    result = browser.run(RESULT)
    assert (result["hash"], result["first"], result["text"], result["scripts"]) == ("#result", "Check", True, 0)
    assert "inquiry" in result["gained"]


BROKEN_WORDS = """[...document.querySelectorAll("iframe")].map(frame =>
  [...frame.contentDocument.querySelectorAll("td.name bdi")].map(each => [...each.childNodes].filter(node => {
    const range = frame.contentDocument.createRange();
    range.selectNodeContents(node);
    return new Set([...range.getClientRects()].map(line => Math.round(line.top))).size > 1;
  }).map(node => node.textContent)))"""


def test_addresses_of_readers_break_between_their_words(page, browser, tmp_path, store_with_hits):
    address = "wilhelmina.vandenberghe@competition.ministry.example.org"
    message = a_message(recipients=(address,), subject="Seven stories on the enforcement of rules for chatbots")
    store_with_hits.record_run("daily", NOW, since=NOW, until=NOW, hit_ids=[], messages=[message], now=NOW)
    style = f"<style>{page.get('/style.css').text}</style>"
    shown = page.get("/deliveries").text.replace('<link rel="stylesheet" href="/style.css">', style)
    assert address in re.sub("<wbr>", "", shown)
    frames = (
        f'<iframe style="border:0;width:{width}px" srcdoc="{html.escape(shown)}"></iframe>' for width in (660, 800)
    )
    (tmp_path / "frames.html").write_text(f"<!DOCTYPE html><body>{''.join(frames)}", "utf-8")
    browser.open((tmp_path / "frames.html").as_uri())
    assert browser.run(BROKEN_WORDS) == [[[]], [[]]]


def test_a_publishers_script_is_shown_as_text(page, browser):
    browser.open(f"{page.base_url}hits")
    document = browser.run("document.documentElement.outerHTML")
    assert "<title>Hits · Policy monitor</title>" in document
    assert "&lt;script&gt;document.title='owned'" in document
    assert "<img" not in document
    assert "<script" not in document.replace('<script src="/labels.js" defer=""></script>', "")


def test_the_content_security_policy_allows_the_style_sheet_and_the_preview_frame(page, tmp_path):
    picture = tmp_path / "page.png"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        flags = [*chromium.FLAGS, f"--user-data-dir={folder}", "--enable-logging=stderr", "--window-size=800,900"]
        command = [chromium.PROGRAM, *flags, f"--screenshot={picture}", f"{page.base_url}digests/daily"]
        done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    result = done.stderr.decode()
    assert picture.stat().st_size > 10_000
    assert "Content Security Policy" not in result
    assert "Refused to" not in result


SHOWN_IN_PRINT = """["nav", "button", ".labels", "h1", ".hit"].filter(selector =>
  [...document.querySelectorAll(selector)].some(element => element.checkVisibility()))"""


def test_a_printed_page_has_its_content_and_neither_menu_nor_buttons(page, browser):
    browser.open(f"{page.base_url}hits")
    assert browser.run(SHOWN_IN_PRINT) == ["nav", "button", "h1", ".hit"]
    browser.print_media()
    assert browser.run(SHOWN_IN_PRINT) == ["h1", ".hit"]


PRESS = """new Promise(resolve => {
  window.isSamePage = true;
  const button = document.querySelector('form.labels button[data-label="relevant"]');
  button.closest("details").open = true;
  new MutationObserver(() => resolve({
    pressed: button.getAttribute("aria-pressed"), next: button.value, same: window.isSamePage, path: location.pathname,
  })).observe(button, {attributes: true, attributeFilter: ["aria-pressed"]});
  button.click();
})"""


def test_a_label_is_stored_and_withdrawn_without_reloading_the_page(page, browser, store_with_hits):
    browser.open(f"{page.base_url}hits")
    pressed = browser.run(PRESS)
    labelled = store_with_hits.labels([hit.id for hit in store_with_hits.hits()])
    again = browser.run(PRESS)
    assert pressed == {"pressed": "true", "next": "none", "same": True, "path": "/hits"}
    assert list(labelled.values()).count(True) == 1
    assert again == {"pressed": "false", "next": "relevant", "same": True, "path": "/hits"}
    assert True not in store_with_hits.labels([hit.id for hit in store_with_hits.hits()]).values()


def test_a_label_that_the_script_cannot_store_is_sent_as_a_form(page, browser, store_with_hits):
    browser.open(f"{page.base_url}hits")
    browser.run("window.fetch = () => Promise.reject(new Error('blocked'))")
    submitted = """new Promise(resolve => {
      HTMLFormElement.prototype.submit = function() { resolve(Object.fromEntries(new FormData(this)).label); };
      document.querySelector('form.labels button[data-label="irrelevant"]').click();
    })"""
    assert browser.run(submitted) == "irrelevant"
