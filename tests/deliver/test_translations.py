"""Machine translations of headlines: made once, ahead of the digest, marked, and never in the way of one."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from deliver_fixtures import Mailbox, deliverer_of, distinct, news
from sample_news import CONFIG

from monitor.core.digests.translations import Headline, parse_translations, to_headline
from monitor.core.messages.render import FORMATS
from monitor.core.model import TranslateConfig
from monitor.deliver import Translator
from monitor.diagnostics.doctor import try_translator
from monitor.store import DatabaseThread
from monitor.translation import TranslationError, translate

STUB = """\
import json, os, sys
lines = sys.stdin.read().splitlines()
with open({log!r}, "a") as log:
    print(json.dumps([sys.argv[1:], lines, sorted(os.environ)]), file=log)
if any({poison!r} in line for line in lines):
    sys.exit("the model crashed")
for line in lines:
    print("<b>Nouvelles</b> *de* " + line.removeprefix("News of "))
"""


@pytest.fixture
def stub(tmp_path):
    """Return the configuration of a translator that records its input, and fails on a word."""

    def make(poison="no such word"):
        program = tmp_path / "translator.py"
        program.write_text(STUB.format(log=str(tmp_path / "log"), poison=poison), "utf-8")
        return TranslateConfig(command=(sys.executable, "-I", str(program), "{source}", "{target}"))

    return make


def asked(tmp_path):
    """Return what the translator was asked: arguments, lines and variables of each start."""
    return [json.loads(line) for line in (tmp_path / "log").read_text("utf-8").splitlines()]


def translator_for(store, config, clock, first_pause=0):
    """Make a Translator into French that tries again at once, or after a pause that doubles."""
    translator = Translator(store, DatabaseThread(), clock, first_pause=first_pause)
    translator.configure([replace(CONFIG, language="fr", translate=config)])
    return translator


def script(tmp_path, body):
    """Return the configuration of a translator that does what a script says."""
    (tmp_path / "script.py").write_text(body, "utf-8")
    return TranslateConfig(command=(sys.executable, "-I", str(tmp_path / "script.py")), timeout=timedelta(seconds=2))


async def test_a_headline_is_translated_once_and_shown_marked_and_escaped_below_the_original(
    any_store, clock, stub, tmp_path, monkeypatch
):
    monkeypatch.setenv("MONITOR_WEB_TOKEN", "a secret of ours")
    config = stub()
    for number in (1, 2):
        news(any_store, distinct(number), clock())
        await translator_for(any_store, config, clock).translate_new()
    assert [lines for _, lines, _ in asked(tmp_path)] == [[f"News of {distinct(1)}"], [f"News of {distinct(2)}"]]
    assert all(arguments == ["en", "fr"] for arguments, _, _ in asked(tmp_path))
    assert not any("MONITOR_WEB_TOKEN" in variables for _, _, variables in asked(tmp_path))
    deliverer = deliverer_of(any_store, Mailbox(), clock=clock, language="fr", translate=config)
    shown = {name: deliverer.preview(CONFIG.id, name) for name in FORMATS if name != "ics"}
    for name, text in shown.items():
        assert f"News of {distinct(1)}" in " ".join(text.split()), name
    assert f"Machine translation: <b>Nouvelles</b> *de* {distinct(1)[:9]}" in shown["text"]
    assert f"&lt;b&gt;Nouvelles&lt;/b&gt; *de* {distinct(1)} <span" in shown["html"]
    assert shown["html"].count("(machine translation)</span>") == 2
    assert "Machine translation: &lt;b&gt;Nouvelles&lt;/b&gt; \u2217de\u2217 " in shown["slack"]
    assert f'"machine_translation": "<b>Nouvelles</b> *de* {distinct(1)}"' in shown["json"]


@pytest.mark.parametrize(
    "body",
    [
        "raise SystemExit(3)",
        "while True: print('x' * 100_000)",
        "import time; time.sleep(3600)",
        "print('one line'); print('and one more')",
        "import sys; sys.stdout.buffer.write('r\u00e8glement'.encode('latin-1'))",
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'])",
    ],
)
async def test_a_translator_that_fails_costs_its_translations_and_no_digest(store, clock, tmp_path, body):
    news(store, distinct(1), clock())
    config = script(tmp_path, body)
    await translator_for(store, config, clock).translate_new()
    mailbox = Mailbox()
    deliverer = deliverer_of(store, mailbox, clock=clock, language="fr", translate=config)
    assert deliverer.run_digest(CONFIG.id).hits == 1
    await deliverer.send_queued()
    assert f"News of {distinct(1)}" in " ".join(mailbox.texts[0].split())
    assert "Machine translation: " not in mailbox.texts[0]


def open_descriptors():
    """Return the numbers of this process's open files, pipes and sockets."""
    return {each.name for each in Path("/proc/self/fd").iterdir() if each.is_symlink()}


WRITE_MUCH_AT_ONCE = """\
import fcntl, os, time
fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 19)
os.write(1, b"x" * 400_000)
time.sleep(3600)
"""


async def test_a_translator_that_is_killed_while_its_output_waits_leaves_no_pipe_open(tmp_path):
    """A stream stops reading at 128 kB, and one read takes 256 kB from a pipe that holds as much."""
    before = open_descriptors()
    with pytest.raises(TranslationError, match="wrote more than 4000 bytes"):
        await translate(script(tmp_path, WRITE_MUCH_AT_ONCE), [Headline("en", "News")], "fr")
    assert open_descriptors() == before


async def test_a_headline_on_which_the_translator_fails_costs_the_others_nothing(store, clock, stub):
    names = [*map(distinct, range(2, 7)), f"poison {distinct(1)}"]
    for minutes, name in enumerate(names):
        news(store, name, clock() - timedelta(minutes=10 - minutes))
    translator = translator_for(store, stub(poison="poison"), clock, first_pause=0.02)
    async with asyncio.timeout(20):
        while store.untranslated("fr", clock() - timedelta(days=1)):
            await translator.translate_new()
    deliverer = deliverer_of(store, Mailbox(), clock=clock, language="fr", translate=stub())
    text = deliverer.preview(CONFIG.id)
    assert text.count("Machine translation: ") == 5


def test_an_answer_is_one_line_for_each_headline_and_what_is_unchanged_is_no_translation():
    headlines = [Headline("fr", title) for title in ("Une loi", "ChatGPT", "Un accord")]
    assert list(parse_translations(headlines, "A law\r\nChatGPT\n\n").values()) == ["A law", "", ""]
    for wrong in ("", "A law\n", "A law\nChatGPT\nA deal\nmore\n"):
        with pytest.raises(ValueError, match=r"lines? for 3 headlines"):
            parse_translations(headlines, wrong)


@pytest.mark.parametrize(("language", "asked_as"), [("zh-Hant", "zh"), ("FR", "fr"), ("--output=x", None), ("", None)])
def test_only_a_language_becomes_an_argument_of_the_program(language, asked_as):
    headline = to_headline(language, "A title", "en")
    assert (headline.language if headline else None) == asked_as


async def test_a_program_that_is_not_there_gives_up_no_headline(store, clock, stub):
    news(store, distinct(1), clock())
    await translator_for(store, TranslateConfig(command=("no-such-program",)), clock).translate_new()
    assert len(store.untranslated("fr", clock() - timedelta(days=1))) == 1
    await translator_for(store, stub(), clock).translate_new()
    assert store.untranslated("fr", clock() - timedelta(days=1)) == []


async def test_an_outage_of_the_translator_gives_up_no_headline(store, clock, tmp_path):
    for name in map(distinct, range(1, 4)):
        news(store, name, clock())
    config = script(tmp_path, "raise SystemExit('the service is down')")
    translator = translator_for(store, config, clock)
    for _ in range(6):
        await translator.translate_new()
    assert len(store.untranslated("fr", clock() - timedelta(days=1))) == 3
    script(tmp_path, "import sys; [print('Nouvelles') for line in sys.stdin]")
    await translator.translate_new()
    assert store.untranslated("fr", clock() - timedelta(days=1)) == []


def test_argos_translate_is_used_where_it_is_installed(tmp_path, monkeypatch):
    assert "argostranslate" in try_translator(TranslateConfig(), "fr", "en")
    (tmp_path / "argostranslate").mkdir()
    (tmp_path / "argostranslate" / "__init__.py").write_text("", "utf-8")
    (tmp_path / "argostranslate" / "translate.py").write_text(
        "class Language:\n"
        "    def __init__(self, code): self.code = code\n"
        "    def get_translation(self, other): return self if other.code == 'en' else None\n"
        "    def translate(self, text): print('a warning of a library'); return text.upper()\n"
        "def get_installed_languages(): return [Language('fr'), Language('en')]\n",
        "utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", ":".join(filter(None, sys.path)))
    assert try_translator(TranslateConfig(), "fr", "en") == ""
    assert "no package of Argos Translate from zh to en is installed" in try_translator(TranslateConfig(), "zh", "en")
