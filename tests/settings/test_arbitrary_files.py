"""For any file content `load` returns settings or prints printable lines, and never a secret."""

import contextlib
from pathlib import Path

import pytest
import yaml
from config_folders import SOUND, write
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.channels import CHANNEL_TYPES
from monitor.config_types.credentials import is_quotable, secret_key
from monitor.core.errors import ConfigurationError
from monitor.settings import load
from monitor.settings.feeds_yaml import FeedSection
from monitor.settings.models import FILES

CANARY = "c4n4ry"
FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = st.sampled_from([*SOUND, "seeds/a.yaml"])
KEYS = st.sampled_from(
    [
        *("database", "timezone", "fetch", "timeout", "max_body", "allow_networks", "web", "listen", "token", "log"),
        *("feeds", "id", "url", "language", "tier", "tags", "headers", "channels", "type", "smtp", "from", "to"),
        *("digests", "schedule", "alerts", "window", "rules", "any", "themes", "outbox", "nonsense", "[key]"),
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.integers(),
    st.text(max_size=20),
    st.sampled_from(["file", "email", "${X}", "${file:/}", "1d", "99999999999d", "1" * 5000, "smtp://[", "\ud800"]),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


def outcome(folder, env=None):
    """What a user sees: the lines, or the settings' own text."""
    try:
        return repr(load(folder, env or {}))
    except ConfigurationError as error:
        return str(error)


@FAST
@given(NAMES, st.text(max_size=200) | st.binary(max_size=200))
@example("monitor.yaml", "? {a: b}\n: c")
@example("feeds.yaml", "a: &x [*x]")
@example("digests.yaml", "\ufeff\x00")
def test_any_text_in_any_file_is_read_or_refused(config, name, text):
    write(config)
    (config / name).parent.mkdir(exist_ok=True)
    (config / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    assert outcome(config)


@FAST
@given(NAMES, TREES)
def test_any_tree_in_any_file_is_read_or_refused(config, name, tree):
    write(config, **{name: yaml.dump(tree, allow_unicode=False)})
    lines = outcome(config)
    assert lines.isprintable() or all(line.isprintable() for line in lines.split("\n"))


WRONG = "{secret}\\n{secret}"
SLOTS = {
    "database": ("monitor.yaml", "database: {}\n"),
    "web token": ("monitor.yaml", "web: {{token: {}}}\n"),
    "duration": ("monitor.yaml", "fetch: {{timeout: {}}}\n"),
    "number": ("monitor.yaml", "fetch: {{per_host: {}}}\n"),
    "choice": ("monitor.yaml", "log: {{level: {}}}\n"),
    "networks": ("monitor.yaml", "fetch: {{allow_networks: [{}]}}\n"),
    "zone": ("monitor.yaml", "timezone: {}\n"),
    "feed url": ("feeds.yaml", "feeds: [{{id: a, url: {}}}]\n"),
    "feed header": ("feeds.yaml", "feeds: [{{id: a, url: https://a.example, headers: {{X: {}}}}}]\n"),
    "feed language": ("feeds.yaml", "feeds: [{{id: a, url: https://a.example, language: {}}}]\n"),
    "smtp": ("channels.yaml", "channels: {{a: {{type: email, smtp: {}, from: a@b.example, to: [a@b.example]}}}}\n"),
    "from": ("channels.yaml", "channels: {{a: {{type: email, smtp: smtp://h, from: {}, to: [a@b.example]}}}}\n"),
    "type": ("channels.yaml", "channels: {{a: {{type: {}}}}}\n"),
    "slack webhook": ("channels.yaml", "channels: {{a: {{type: slack, webhook: {}}}}}\n"),
    "slack token": ("channels.yaml", "channels: {{a: {{type: slack, token: {}, channel: '#a'}}}}\n"),
    "webhook": ("channels.yaml", "channels: {{a: {{type: webhook, url: {0}, secret: {0}}}}}\n"),
    "apprise": ("channels.yaml", "channels: {{a: {{type: apprise, url: {}}}}}\n"),
    "schedule": ("digests.yaml", "digests: [{{id: a, title: t, schedule: {}, channels: [outbox]}}]\n"),
    "reference": ("digests.yaml", "alerts: {{channels: [{}]}}\n"),
}
SHAPES = [
    CANARY,
    f"{CANARY}\n{CANARY}",
    f"https://{CANARY}:{CANARY}@h.example/{CANARY}",
    f"smtp://u:{CANARY}@h.example/{CANARY}",
    f"smtp://u:{CANARY}@h.example/?{CANARY}={CANARY}",
    f"smtps://u:{CANARY}/x@h.example:{CANARY}",
    f"postgresql://u:{CANARY}@h/d",
    f"mysql://u:{CANARY}@h/d",
    f"https://[{CANARY}",
    f"{CANARY}://x",
    f"1{CANARY}",
    f"a@{CANARY}@",
    f"{CANARY} * * * *",
]


@pytest.mark.parametrize("slot", SLOTS)
def test_a_secret_from_a_variable_is_never_shown(config, slot):
    name, text = SLOTS[slot]
    shown_by_design = slot in {"from", "feed url"}  # not secrets: feeds are listed, and readers see senders
    write(config, **{name: text.format('"${SECRET}"')})
    for shape in SHAPES:
        shown = outcome(config, {"SECRET": shape})
        assert CANARY not in shown or (shown_by_design and shown.startswith("Settings(")), shape


@pytest.mark.parametrize(
    "slot",
    ["database", "web token", "feed header", "smtp", "slack webhook", "slack token", "webhook", "apprise"],
)
def test_a_secret_that_stands_in_the_file_is_not_shown_either(config, slot):
    name, text = SLOTS[slot]
    for shape in SHAPES:
        quoted = '"' + shape.replace("\n", "\\n") + '"'
        assert CANARY not in outcome(write(config, **{name: text.format(quoted)})), shape


def test_an_overriding_secret_is_never_shown(config):
    for shape in SHAPES:
        env = {"MONITOR_DATABASE": shape, "MONITOR_WEB__TOKEN": shape, "MONITOR_FETCH__TIMEOUT": shape}
        assert CANARY not in outcome(write(config), env)


def test_a_secret_file_is_never_shown(config):
    Path("secret").write_text(CANARY)
    with contextlib.suppress(ConfigurationError):
        assert CANARY not in repr(load(write(config, **{"monitor.yaml": "web: {token: '${file:secret}'}\n"}), {}))


def test_every_key_that_takes_a_secret_is_marked_so():
    parts = [
        *FILES.values(),
        *CHANNEL_TYPES.values(),
        *(info.annotation for info in FILES["monitor.yaml"].model_fields.values()),
    ]
    fields = {
        f"{part.__name__}.{info.alias or name}": info
        for part in parts
        for name, info in getattr(part, "model_fields", {}).items()
    }
    secret = {key for key, info in fields.items() if "Secret" in str(info.annotation) or "Smtp" in str(info.annotation)}
    assert len(secret) >= 9
    assert secret == {key for key, info in fields.items() if secret_key(info)}
    unquoted = {key for key, info in fields.items() if not is_quotable(info)}
    assert unquoted == secret | {"SlackConfig.api_url", "WebSection.base_url"}
    assert not any(is_quotable(FeedSection.model_fields[key]) for key in ("url", "headers", "cookies"))
