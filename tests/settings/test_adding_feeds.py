"""Adding a feed to feeds.yaml: nothing else in it changes, no half-written file is left, no feed is added twice."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from config_folders import write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.errors import ConfigurationError, UsageError
from monitor.settings import VariableReference, add_feed, add_feeds, load, new_id

FILE = """
    # yaml-language-server: $schema=../docs/schema/feeds.schema.json
    #
    # Ours.

    feeds:
      # ---- Official

      - id: gazette # the first
        url: "https://gazette.example/feed"
        tags: [eu,   law]   # two
        interval: 1h
        headers:
            X-Key: '${KEY:-x}'

      - {id: no, url: https://no.example/feed, language: no}

      # ---- Not in use
      # - id: old
    """
NEW = {"id": "new", "url": "https://new.example/feed"}


def test_a_feed_is_added_below_the_others_and_every_other_byte_stays(config):
    path = write(config, **{"feeds.yaml": FILE, "digests.yaml": None}) / "feeds.yaml"
    above, below = path.read_text().split("      # ---- Not in use".lstrip(), 1)
    fields = {**NEW, "title": "Neu: # 新", "language": "no", "tags": ["a", "b"], "tier": "agency"} | dict.fromkeys(
        ["country", "interval", "fulltext"], ""
    )
    add_feed(path, fields)
    new = """
  - id: new
    url: https://new.example/feed
    title: 'Neu: # 新'
    language: no
    tags: [a, b]
    tier: agency
"""
    above = above.rstrip(" \n") + "\n"
    assert path.read_text() == f"{above}{new}\n  # ---- Not in use{below}"
    feeds = load(config, {}).feeds
    assert [feed.id for feed in feeds] == ["gazette", "no", "new"]
    assert (feeds[-1].title, feeds[-1].language, feeds[-1].tags) == ("Neu: # 新", "no", ("a", "b"))


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "# only a comment\n",
        "feeds:\n",
        "feeds: []\n",
        "feeds: # none yet\n  # - id: a\n",
        "feeds:\n- id: a\n  url: https://a.example/\n# end\n",
        "feeds:\n    -   id: a\n        url: https://a.example/\n",
        "feeds: [{id: a, url: 'https://a.example/'}]\n",
        "feeds:\n  - id: a\n    url: https://a.example/",
        "\ufefffeeds:\n  - id: a\n    url: https://a.example/\n",
    ],
    ids=range(11),
)
def test_a_feed_is_added_to_any_sound_file(config, text):
    path = write(config, **{"feeds.yaml": text, "digests.yaml": None}) / "feeds.yaml"
    add_feed(path, NEW)
    assert load(config, {}).feeds[-1].url == NEW["url"]
    assert not text or [line for line in text.splitlines() if "#" in line and line not in path.read_text()] == []


def test_line_ends_of_windows_stay(config):
    path = write(config, **{"feeds.yaml": b"feeds:\r\n- id: a\r\n  url: https://a.example/\r\n"}) / "feeds.yaml"
    add_feed(path, NEW)
    assert path.read_bytes().endswith(b"\r\n- id: new\r\n  url: https://new.example/feed\r\n")


def test_a_last_value_of_several_lines_stays_whole(config):
    text = "feeds:\n  - id: a\n    url: https://a.example/\n    title: >-\n      one\n      two\n  # end\n"
    path = write(config, **{"feeds.yaml": text, "digests.yaml": None}) / "feeds.yaml"
    add_feed(path, NEW)
    assert [feed.title for feed in load(config, {}).feeds] == ["one two", ""]
    assert "# end" in path.read_text()


def test_the_mode_of_the_file_stays_and_a_link_stays_a_link(config):
    write(config, **{"real.txt": FILE, "digests.yaml": None, "feeds.yaml": None})
    (config / "real.txt").chmod(0o640)
    (config / "feeds.yaml").symlink_to("real.txt")
    add_feed(config / "feeds.yaml", NEW)
    assert (config / "feeds.yaml").is_symlink()
    assert (config / "real.txt").stat().st_mode & 0o777 == 0o640
    assert "new.example" in (config / "real.txt").read_text()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({**NEW, "id": "gazette"}, "there is a feed gazette already"),
        ({**NEW, "url": "https://gazette.example/feed"}, "the feed gazette has this address already"),
        ({**NEW, "url": "http://www.gazette.example/feed/"}, "the feed gazette has this address already"),
        (
            {"id": "Ä", "url": "x", "tier": "y"},
            "id must consist of .*; url must start with .*; tier must be one of ",
        ),
        ({**NEW, "nonsense": "x"}, "unknown key 'nonsense'; the keys here are id, url"),
    ],
)
def test_what_is_there_or_unfit_is_refused_and_the_file_stays(config, fields, said):
    path = write(config, **{"feeds.yaml": FILE}) / "feeds.yaml"
    before = path.read_bytes()
    with pytest.raises(UsageError, match=said):
        add_feed(path, fields)
    assert path.read_bytes() == before
    assert not list(config.glob(".feeds*"))


@pytest.mark.parametrize("text", ["feeds: [", "- a\n", "feeds:\n  - id: a\n    id: b\n", b"\xff"])
def test_a_file_with_a_fault_is_not_touched(config, text):
    path = write(config, **{"feeds.yaml": text}) / "feeds.yaml"
    before = path.read_bytes()
    with pytest.raises(ConfigurationError):
        add_feed(path, NEW)
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["feeds: {a: b}\n", "feeds: text\n", "feeds: 5\n"])
def test_feeds_that_are_no_list_are_not_touched(config, text):
    path = write(config, **{"feeds.yaml": text}) / "feeds.yaml"
    with pytest.raises(ConfigurationError, match="feeds: must be a list"):
        add_feed(path, NEW)
    assert path.read_text() == text


@pytest.mark.parametrize("text", ["feeds: [{id: a, title: +.inf}]\n", "feeds: [{<<: 5}]\n"])
def test_what_cannot_be_written_back_as_it_was_is_left_to_the_user(config, text):
    path = write(config, **{"feeds.yaml": text}) / "feeds.yaml"
    with pytest.raises(UsageError, match="add it by hand"):
        add_feed(path, NEW)
    assert path.read_text() == text


def test_entries_that_are_no_feeds_are_passed_over(config):
    path = write(config, **{"feeds.yaml": "feeds:\n  - https://a.example/\n"}) / "feeds.yaml"
    add_feed(path, NEW)
    assert path.read_text().endswith("  - id: new\n    url: https://new.example/feed\n")


def test_a_title_that_names_a_variable_stays_text(config):
    path = write(config, **{"feeds.yaml": FILE, "digests.yaml": None}) / "feeds.yaml"
    add_feed(path, {**NEW, "title": "$${SECRET} ${file:/etc/passwd}", "headers": {"X": "${SECRET}"}})
    feed = load(config, {"SECRET": "canary"}).feeds[-1]
    assert (feed.title, feed.headers) == ("$${SECRET} ${file:/etc/passwd}", {"X": "${SECRET}"})


@pytest.mark.parametrize(
    "double", [{"id": "new", "url": "https://x.example/"}, {"id": "x", "url": "http://new.example/feed"}, {"id": "x"}]
)
def test_of_several_feeds_one_that_is_unfit_or_there_twice_is_given_back(config, double):
    path = write(config, **{"feeds.yaml": FILE, "digests.yaml": None}) / "feeds.yaml"
    assert [fields for fields, _ in add_feeds(path, [NEW, double])] == [double]
    assert [feed.id for feed in load(config, {}).feeds] == ["gazette", "no", "new"]


def test_of_several_feeds_those_that_fit_are_added_in_one_go_and_the_others_are_given_back(config):
    path = write(config, **{"feeds.yaml": FILE, "digests.yaml": None}) / "feeds.yaml"
    part = {"id": "part", "url": "https://new.example/feed#top"}
    unfit = {"id": "unfit", "url": "ftp://new.example/feed"}
    refused = add_feeds(path, [NEW, unfit, part, {"id": "other", "url": "https://other.example/feed"}])
    assert [(fields["id"], str(error).partition(":")[0]) for fields, error in refused] == [
        ("unfit", "this feed cannot be added"),
        ("part", "the feed new has this address already"),
    ]
    assert [feed.id for feed in load(config, {}).feeds] == ["gazette", "no", "new", "other"]


def test_feeds_added_at_once_are_all_there(config):
    path = write(config, **{"feeds.yaml": FILE, "digests.yaml": None}) / "feeds.yaml"
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: add_feed(path, {"id": f"f{n}", "url": f"https://f{n}.example/"}), range(16)))
    assert len(load(config, {}).feeds) == 18


def test_a_full_disk_leaves_the_old_file(config, monkeypatch):
    path = write(config, **{"feeds.yaml": FILE}) / "feeds.yaml"
    before = path.read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        add_feed(path, NEW)
    assert path.read_bytes() == before
    assert not list(config.glob(".feeds*"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40))
def test_any_title_comes_back_as_it_was(config, title):
    path = write(config, **{"feeds.yaml": FILE, "digests.yaml": None}) / "feeds.yaml"
    add_feed(path, {**NEW, "title": title})
    assert load(config, {}).feeds[-1].title == title.strip()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("The AI Gazette", "the-ai-gazette"),
        ("https://www.gazette.example/feed?x=1", "gazette-example"),
        ("人民网", "feed"),
        ("gazette", "gazette-3"),
        ("x" * 80, "x" * 56),
    ],
)
def test_an_unused_id_is_made(name, made):
    assert new_id(name, {"gazette", "gazette-2"}) == made


def test_a_value_from_a_variable_is_written_as_a_reference_to_it(tmp_path):
    path = tmp_path / "feeds.yaml"
    path.write_text("feeds: []\n", encoding="utf-8")
    password = VariableReference("IMAP_PASSWORD", "pw-77")
    add_feed(path, {"id": "letters", "url": "imaps://ana@mail.example/News", "password": password})
    assert "password: ${IMAP_PASSWORD}" in path.read_text(encoding="utf-8")
    assert "pw-77" not in path.read_text(encoding="utf-8") + repr(password)
