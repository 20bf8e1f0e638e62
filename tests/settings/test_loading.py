"""A valid folder as values of the core, with defaults, variables and overrides."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from config_folders import printed, write

from monitor.channels.apprise.config import AppriseConfig
from monitor.channels.console.config import ConsoleConfig
from monitor.channels.email.config import EmailConfig
from monitor.channels.email.smtp_address import SmtpServer
from monitor.channels.file.config import FileConfig
from monitor.channels.slack.config import SlackConfig
from monitor.channels.webhook.config import WebhookConfig
from monitor.cli.session import secrets_of
from monitor.config_types.credentials import Secret
from monitor.configuration import load_in_force
from monitor.core.errors import ConfigurationError, MonitorError
from monitor.core.model import AlertConfig, DigestConfig, Feed, FeedId, Tier
from monitor.settings import fingerprint, load

NOBODY = 65534


def test_empty_files_take_all_defaults(config):
    settings = load(write(config, **{"feeds.yaml": "", "channels.yaml": "# none\n", "digests.yaml": None}), {})
    monitor = settings.monitor
    assert (monitor.database.reveal(), monitor.timezone) == ("sqlite:///data/monitor.db", "UTC")
    assert (monitor.fetch.timeout, monitor.fetch.max_body) == (timedelta(seconds=30), 10_000_000)
    assert (monitor.fetch.concurrency, monitor.fetch.per_host) == (64, 2)
    assert (monitor.fetch.min_gap, monitor.fetch.allow_networks) == (timedelta(seconds=1), ())
    assert (monitor.extract.workers, monitor.extract.timeout) == (None, timedelta(seconds=20))
    assert (monitor.retention.articles, monitor.retention.polls) == (timedelta(days=365), timedelta(days=30))
    assert (monitor.web.host, monitor.web.port, monitor.web.token) == ("127.0.0.1", 8080, None)
    assert (monitor.log.format, monitor.log.level) == ("auto", "info")
    assert (settings.feeds, settings.channels, settings.digests, settings.alerts) == ((), {}, (), None)


def test_every_key_of_monitor_yaml_is_read(config):
    text = """
        database: postgres://u:p@db/monitor
        timezone: Asia/Tokyo
        fetch: {user_agent: x, timeout: 1500ms, max_body: 1MiB, concurrency: 8, per_host: 1, min_gap: 0, allow_networks: "10.0.0.0/8, ::1"}
        extract: {workers: 3, timeout: 5s}
        retention: {articles: 10d, polls: 48h}
        web: {listen: "[::1]:9000", token: "${TOKEN}"}
        log: {format: JSON, level: Warning}
        """  # noqa: E501
    monitor = load(write(config, **{"monitor.yaml": text}), {"TOKEN": "t"}).monitor
    assert monitor.database.reveal() == "postgresql+psycopg://u:p@db/monitor"
    assert monitor.timezone == "Asia/Tokyo"
    assert (monitor.fetch.timeout, monitor.fetch.max_body) == (timedelta(seconds=1.5), 1_048_576)
    assert (monitor.fetch.min_gap, monitor.fetch.allow_networks) == (timedelta(0), ("10.0.0.0/8", "::1/128"))
    assert (monitor.extract.workers, monitor.retention.polls) == (3, timedelta(hours=48))
    assert (monitor.web.host, monitor.web.port, monitor.web.token) == ("::1", 9000, Secret("t"))
    assert (monitor.log.format, monitor.log.level) == ("json", "warning")


def test_feeds_become_the_feeds_that_the_poller_knows(config):
    text = """
        feeds:
          - id: a
            url: https://a.example/feed
            title: Loi « IA »
            language: no
            country: NO
            tier: agency
            tags: [x, y]
            fulltext: always
            interval: 2h
            headers: {Accept: text/xml, X-Key: "${KEY}"}
            cookies: {session: "${KEY}", seen: "1"}
            robots: ignore
            revisit: always
          - {id: b, url: "http://b.example"}
        """
    assert load(write(config, **{"feeds.yaml": text}), {"KEY": "k"}).feeds == (
        Feed(
            id=FeedId("a"),
            url="https://a.example/feed",
            title="Loi « IA »",
            language="no",
            country="NO",
            tier=Tier.AGENCY,
            tags=("x", "y"),
            fulltext="always",
            interval=timedelta(hours=2),
            headers={"Accept": "text/xml", "X-Key": "k", "Cookie": "session=k; seen=1"},
            robots="ignore",
            revisit="always",
        ),
        Feed(id=FeedId("b"), url="http://b.example"),
    )


def test_every_kind_of_channel_is_read(config):
    text = """
        channels:
          outbox: {type: file, dir: out}
          console: {type: console}
          team: {type: email, smtp: "${SMTP}", from: Policy monitor <m@a.example>, to: "${TEAM}", bcc: [c@a.example]}
          hook1: {type: slack, webhook: "${HOOK}"}
          bot: {type: slack, token: "${TOKEN}", channel: "#ai"}
          hook: {type: webhook, url: "${HOOK}", secret: "${SECRET:-}"}
          signed: {type: webhook, url: "${HOOK}", secret: "${TOKEN}"}
          teams: {type: apprise, url: "json://localhost"}
        """
    env = {"SMTP": "smtps://u:p@h", "TEAM": "a@a.example, B <b@a.example>", "HOOK": "https://h/x", "TOKEN": "t"}
    smtp = SmtpServer(host="h", port=465, security="tls", user="u", password=Secret("p"))
    sender, to = "Policy monitor <m@a.example>", ("a@a.example", "B <b@a.example>")
    assert load(write(config, **{"channels.yaml": text}), env).channels == {
        "outbox": FileConfig(type="file", dir="out"),
        "console": ConsoleConfig(type="console"),
        "team": EmailConfig(type="email", smtp=smtp, to=to, bcc=("c@a.example",), **{"from": sender}),
        "hook1": SlackConfig(type="slack", webhook=Secret("https://h/x")),
        "bot": SlackConfig(type="slack", token=Secret("t"), channel="#ai"),
        "hook": WebhookConfig(type="webhook", url=Secret("https://h/x")),
        "signed": WebhookConfig(type="webhook", url=Secret("https://h/x"), secret=Secret("t")),
        "teams": AppriseConfig(type="apprise", url=Secret("json://localhost")),
    }


def test_digests_and_alerts_become_what_the_deliverer_knows(config):
    text = """
        digests:
          - id: all
            title: Everything
            schedule: "0  8 * * *"
            channels: outbox
          - id: some
            title: Some
            schedule: "*/5 * L * sun"
            timezone: America/New_York
            topics: [eu-ai-act]
            rules: [ai-act]
            feeds: [gazette]
            tiers: [official, agency]
            languages: [fr, zh]
            min_priority: high
            channels: [outbox]
            when_empty: send
            max_stories: 7
        alerts: {channels: [outbox], min_priority: high, window: 0s, cooldown: 1d}
        """
    settings = load(write(config, **{"digests.yaml": text, "monitor.yaml": "timezone: Europe/Paris\n"}), {})
    assert settings.digests == (
        DigestConfig(id="all", title="Everything", schedule="0 8 * * *", timezone="Europe/Paris", channels=("outbox",)),
        DigestConfig(
            id="some",
            title="Some",
            schedule="*/5 * L * sun",
            timezone="America/New_York",
            topics=("eu-ai-act",),
            rules=("ai-act",),
            feeds=("gazette",),
            tiers=(Tier.OFFICIAL, Tier.AGENCY),
            languages=("fr", "zh"),
            min_priority="high",
            channels=("outbox",),
            when_empty="send",
            max_stories=7,
        ),
    )
    assert settings.alerts == AlertConfig(
        min_priority="high",
        channels=("outbox",),
        window=timedelta(0),
        cooldown=timedelta(days=1),
        timezone="Europe/Paris",
    )


def test_variables_stand_over_monitor_yaml_and_an_empty_one_says_nothing(config):
    env = {
        "MONITOR_DATABASE": "sqlite:///other.db",
        "MONITOR_TIMEZONE": "",
        "MONITOR_FETCH__TIMEOUT": "5s",
        "MONITOR_FETCH__ALLOW_NETWORKS": "10.0.0.0/8,192.168.0.0/16",
        "MONITOR_WEB__TOKEN": "${not read again}",
        "MONITOR_CONFIG": "elsewhere",
        "MONITOR_WEB_TOKEN": "single",
    }
    text = 'database: "${NOT_SET}"\ntimezone: Asia/Tokyo\nfetch: {timeout: never, per_host: 1}\n'
    monitor = load(write(config, **{"monitor.yaml": text}), env).monitor
    assert (monitor.database.reveal(), monitor.timezone) == ("sqlite:///other.db", "Asia/Tokyo")
    assert (monitor.fetch.timeout, monitor.fetch.per_host) == (timedelta(seconds=5), 1)
    assert monitor.fetch.allow_networks == ("10.0.0.0/8", "192.168.0.0/16")
    assert monitor.web.token == Secret("${not read again}")


@pytest.mark.parametrize(
    ("written", "networks"),
    [
        ('["10.0.0.0/8"]', ("10.0.0.0/8",)),
        ("['10.0.0.0/8', 192.168.0.0/16]", ("10.0.0.0/8", "192.168.0.0/16")),
        (' [10.0.0.0/8,\n  "fd00::/8"] ', ("10.0.0.0/8", "fd00::/8")),
        ("[10.0.0.0/8]", ("10.0.0.0/8",)),
        ("[]", ()),
        ("10.0.0.0/8", ("10.0.0.0/8",)),
    ],
)
def test_a_list_in_a_variable_may_stand_in_brackets(config, written, networks):
    fetch = load(write(config), {"MONITOR_FETCH__ALLOW_NETWORKS": written}).monitor.fetch
    assert fetch.allow_networks == networks


@pytest.mark.parametrize("written", ['["10.0.0.0/8"', "[10.0.0.0/8] x", "[[10.0.0.0/8]]", "[{a: b}]", "[*a]", "[!a b]"])
def test_brackets_that_cannot_be_read_are_refused_in_one_line(config, written):
    lines = printed(write(config), {"MONITOR_FETCH__ALLOW_NETWORKS": written})
    said = "must be a list in brackets, [first, second], or the same with commas and no brackets"
    assert lines == [
        f"MONITOR_FETCH__ALLOW_NETWORKS: error: C006 allow_networks: '${{MONITOR_FETCH__ALLOW_NETWORKS}}' {said}"
    ]


def test_a_variable_that_holds_several_channels_may_use_brackets_too(config):
    text = 'digests: [{id: a-digest, title: T, schedule: "0 8 * * *", channels: "${TO}"}]\n'
    folder = write(config, **{"digests.yaml": text, "channels.yaml": "channels: {a: {type: console}}\n"})
    assert load(folder, {"TO": '["a"]'}).digests[0].channels == ("a",)


def test_a_variable_over_a_section_that_is_no_mapping_hides_nothing(config):
    lines = printed(write(config, **{"monitor.yaml": "fetch: 5\n"}), {"MONITOR_FETCH__TIMEOUT": "5s"})
    assert lines == ["config/monitor.yaml:1:8: error: C004 fetch: '5' must be a mapping (key: value)"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${A}", "one"),
        ("x${A}y${B}z", "xoneytwoz"),
        ("${MISSING:-three}", "three"),
        ("${EMPTY:-three}", "three"),
        ("${A:-three}", "one"),
        ("${MISSING:-}x", "x"),
        ("${MISSING:-http://a.example:1/?b=-:}", "http://a.example:1/?b=-:"),
        ("$A", "$A"),
        ("$${A}", "${A}"),
        ("$$${A}", "$${A}"),
        ("${file:secret.txt}", "from a file"),
        ("${file: secret.txt }", "from a file"),
    ],
)
def test_variables_are_read_in_any_value(config, written, read):
    Path("secret.txt").write_text("from a file\r\n")
    text = f"feeds: [{{id: a, url: https://a.example, title: '{written}'}}]"
    settings = load(write(config, **{"feeds.yaml": text}), {"A": "one", "B": "two", "EMPTY": ""})
    assert settings.feeds[0].title == read


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff", "is not text in UTF-8"), (b"x" * 64_001, "is larger than 64 KB: too large for a secret")],
)
def test_a_file_that_is_no_secret_is_reported_and_not_shown(config, content, said):
    Path("secret").write_bytes(content)
    text = "feeds: [{id: a, url: https://a.example, title: '${file:secret}'}]"
    (line,) = printed(write(config, **{"feeds.yaml": text}))
    assert line.endswith(f"file secret {said}")


def test_variables_in_rule_files_are_text(config):
    rule = "version: 1\nrules: [{id: abc, title: '${HOME}', topic: t, any: [AI Act]}]\n"
    settings = load(write(config, **{"rules/ai.yaml": rule}), {"HOME": "/canary"})
    assert settings.rules.rules[0].title == "${HOME}"


def test_rules_are_read_from_folders_below_and_with_their_themes(config):
    rule = "version: 1\nrules: [{id: deep, title: t, topic: t, seed: doc#theme, any: [AI Act]}]\n"
    seed = "id: doc\nthemes: [{id: theme}]\n"
    settings = load(write(config, **{"rules/a/b/deep.yml": rule, "../seeds/doc.yaml": seed}), {})
    assert {str(rule.id) for rule in settings.rules.rules} == {"ai-act", "deep"}


def test_the_fingerprint_changes_with_any_file_that_is_read_and_with_no_other(config):
    write(config, **{"seeds/a.yaml": "id: a\nthemes: []\n", "rules/articles/a.json": "{}", "notes.txt": ""})
    articles = [str(config / "rules/articles/a.json")]
    before = fingerprint(config, articles)
    (config / "notes.txt").write_text("changed")
    (config / "rules/articles/b.json").write_text("{}")  # no test names it
    (config / "rules" / ".ai.yaml.swp").write_text("changed")
    assert fingerprint(config, articles) == before
    for name in ("feeds.yaml", "rules/ai.yaml", "rules/articles/a.json", "seeds/a.yaml"):
        (config / name).write_text((config / name).read_text() + "\n")
        assert fingerprint(config, articles) != before
        before = fingerprint(config, articles)
    (config / "rules" / "ai.yaml").unlink()
    (config / "channels.yaml").unlink()
    assert fingerprint(config, articles) != before


def test_the_fingerprint_changes_with_the_permissions_of_a_file(config):
    write(config)
    (config / "feeds.yaml").chmod(0o000)
    before = fingerprint(config)
    (config / "feeds.yaml").chmod(0o644)
    assert fingerprint(config) != before


@pytest.mark.parametrize("is_above", [False, True])
def test_a_folder_that_may_not_be_read_is_refused_and_seen_when_it_may_be_read_again(config, is_above):
    write(config)
    folder = config.resolve()
    folder.parent.chmod(0o755)
    closed = folder.parent if is_above else folder
    before = fingerprint(config)
    closed.chmod(0o000)
    user = os.geteuid()
    os.seteuid(NOBODY if user == 0 else user)
    try:
        assert printed(config) == ["config: error: C001 cannot be read: permission denied"]
        with pytest.raises(ConfigurationError, match="C001 cannot be read"):
            load_in_force(config, {})
        assert fingerprint(config) != before
    finally:
        os.seteuid(user)
        closed.chmod(0o755)
    assert fingerprint(config) == before


def test_messages_to_the_operator_go_to_the_channels_of_the_digests_unless_others_are_named(config):
    files = {
        "channels.yaml": "channels: {a: {type: console}, b: {type: console}, c: {type: console}}\n",
        "digests.yaml": "digests:\n"
        + "".join(
            f"  - {{id: {name}, title: T, schedule: '0 8 * * *', channels: [{channels}]}}\n"
            for name, channels in (("one", "b, a"), ("two", "a"))
        ),
    }
    assert load(write(config, **files), {}).operator_channels == ("b", "a")
    assert load(write(config, **files), {"MONITOR_OPERATOR__CHANNELS": "c"}).operator_channels == ("c",)
    (line,) = printed(write(config, **files), {"MONITOR_OPERATOR__CHANNELS": "d"})
    assert line.endswith("is not a known channel; channels.yaml has a, b, c")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ('cookies: {a: b}, headers: {cookie: "c=d"}', "has `cookies` and a header `Cookie`: keep one"),
        ('cookies: {a: "b; c"}', "must be the value of one cookie, without spaces, commas and semicolons"),
        ('url: "https://a.example/?s={since}"', "has `{since}` in its `url`, which belongs to `kind: json`"),
        ('url: "https://a.example/?s={since:week}", kind: json', "write {since}, {since:time} or {since:unix}"),
    ],
)
def test_cookies_and_addresses_with_a_time_are_checked(config, keys, reason):
    url = "" if "url" in keys else "url: https://a.example/feed, "
    with pytest.raises(MonitorError, match=re.escape(reason)):
        load(write(config, **{"feeds.yaml": f"feeds: [{{id: a, {url}{keys}}}]\n"}), {})


def test_a_mailbox_becomes_a_feed_with_its_password(config):
    text = 'feeds: [{id: a, url: "imaps://ana@mail.example/News", password: "${IMAP}", split: links}]\n'
    (feed,) = load(write(config, **{"feeds.yaml": text}), {"IMAP": "pw-77"}).feeds
    assert feed == Feed(
        id=FeedId("a"), url="imaps://ana@mail.example/News", kind="imap", password="pw-77", split="links"
    )
    assert "pw-77" not in repr(feed)
    with pytest.raises(MonitorError) as error:
        load(config, {})
    assert [problem.code for problem in error.value.problems] == ["C008"]  # only that IMAP is not set


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("url: imaps://ana@mail.example/", "has a mailbox without `password`"),
        ("url: imaps://ana:pw@mail.example/, password: x", "must not hold a password"),
        ("url: imaps://mail.example/, password: x", "names no user"),
        ("url: imap://ana@mail.example/?tls=off, password: x", "has an option that is not known"),
        ("url: imaps://ana@mail.example/a%0d%0ab, password: x", "holds a control character"),
        ("url: imaps://ana@mail.example/, kind: feed, password: x", "`kind: imap` needs imaps:// or imap://"),
        ("url: https://mail.example/, kind: imap, password: x", "`kind: imap` needs imaps:// or imap://"),
        ("url: https://mail.example/, split: links", "has `password` or `split`, which belong to `kind: imap`"),
    ],
)
def test_the_address_of_a_mailbox_is_checked_and_never_repeated(config, keys, reason):
    with pytest.raises(MonitorError, match=re.escape(reason)) as error:
        load(write(config, **{"feeds.yaml": f"feeds: [{{id: a, {keys}}}]\n"}), {})
    assert ":pw@" not in str(error.value)


def test_a_proxy_is_a_secret_whose_password_the_log_redacts(config):
    text = """
        feeds:
          - {id: a, url: https://a.example/, proxy: "socks5://u:${PW}@10.0.0.1:1080"}
          - {id: b, url: https://b.example/, proxy: off}
        """
    monitor = 'fetch: {proxy: "http://u:pr0xy%2Fpw@proxy.example:3128/", no_proxy: [intranet.example]}\n'
    settings = load(write(config, **{"feeds.yaml": text, "monitor.yaml": monitor}), {"PW": "s3cret-77"})
    assert [feed.proxy for feed in settings.feeds] == ["socks5://u:s3cret-77@10.0.0.1:1080", "off"]
    assert settings.monitor.fetch.proxy.reveal() == "http://u:pr0xy%2Fpw@proxy.example:3128"
    assert "s3cret-77" not in repr(settings)
    assert {"s3cret-77", "pr0xy%2Fpw", "pr0xy/pw"} <= secrets_of(settings)


@pytest.mark.parametrize(
    "proxy", ["ftp://proxy.example", "proxy.example:3128", "http://u:canary@h:99999", "socks5://u:canary/x@h"]
)
def test_a_wrong_proxy_is_refused_and_not_shown(config, proxy):
    with pytest.raises(MonitorError, match=r"monitor\.yaml:1:16: error: C011") as error:
        load(write(config, **{"monitor.yaml": f"fetch: {{proxy: '{proxy}'}}\n"}), {})
    assert "canary" not in str(error.value)
