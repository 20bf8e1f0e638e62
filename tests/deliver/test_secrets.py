"""Secrets of channels appear only on the wire: not in the log, an error, the database or a message."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.smtp import AuthResult
from chatserver import ChatServer
from deliver_fixtures import HOUR, Clock, distinct, news, settings_of
from mailserver import Listening, Script
from sample_news import CONFIG

from monitor.channels import ChannelServices, build_channels
from monitor.channels.apprise.config import AppriseConfig
from monitor.channels.file.config import FileConfig
from monitor.channels.slack.config import SlackConfig
from monitor.channels.webhook.config import WebhookConfig
from monitor.config_types.credentials import Secret
from monitor.core.messages.retries import UNCLEAR_WAIT
from monitor.deliver import Deliverer
from monitor.fetch import guarded_client, guarded_proxy
from monitor.runtime import logs
from monitor.store import DatabaseThread

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]
CANARY = "canary-7f3a9c"


class EchoingScript(Script):
    """A mail server that refuses a password by repeating it."""

    def authenticate(self, server, session, envelope, mechanism, auth_data):
        self.logins.append(auth_data.password)
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 {auth_data.password.decode()} is wrong")


ANSWERS = [
    (429, {"Retry-After": "1"}, "parrot"),
    (500, {}, "parrot"),
    "drop",
    *((code, {}, "parrot") for code in (403, 410)),
]
"""Ways to fail, each repeating what was sent."""


def configured(chat, mail, folder, closed_port):
    return {
        "outbox": FileConfig(type="file", dir=str(folder)),
        "mail": mail.config("team@example.org", user="monitor", password=f"{CANARY}-password"),
        "slack": SlackConfig(type="slack", webhook=f"{chat.url}/{CANARY}"),
        "bot": SlackConfig(type="slack", token=f"{CANARY}-token", channel="#ai", api_url=f"{chat.url}/api/"),
        "hook": WebhookConfig(type="webhook", url=f"{chat.url}/{CANARY}", secret=f"{CANARY}-key"),
        "closed": WebhookConfig(type="webhook", url=f"http://127.0.0.1:{closed_port}/{CANARY}"),
        "broken": WebhookConfig.model_construct(type="webhook", url=Secret(f"nonsense://{CANARY}")),
        "teams": AppriseConfig(type="apprise", url=f"json://user:{CANARY}@127.0.0.1:{closed_port}/{CANARY}"),
    }


def guarded():
    """The HTTP client of the daemon, allowed to connect to this machine."""
    return guarded_client(user_agent="test", allow_networks=["127.0.0.0/8"])


def a_proxy():
    """The proxy of Apprise, allowed to connect to this machine."""
    return guarded_proxy(user_agent="test", allow_networks=["127.0.0.0/8"])


async def test_a_secret_of_each_channel_is_found_in_no_output(store, tmp_path, unused_tcp_port, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    for name, least in logs._QUIET.items():  # as the program logs, whether or not it ran before in this process
        caplog.set_level(least, logger=name)
    clock = Clock()
    async with ChatServer(strict=False) as chat, Listening(EchoingScript()) as mail, guarded() as client:
        services = ChannelServices(client=client, open_proxy=a_proxy, clock=clock)
        built = build_channels(configured(chat, mail, tmp_path / "outbox", unused_tcp_port), services)
        digest = replace(CONFIG, channels=tuple(built))
        settings = settings_of(*built.values(), digests=[digest])
        deliverer = Deliverer(store=store, database=DatabaseThread(), settings=settings, clock=clock)
        for number in range(2):
            news(store, distinct(number), clock() - HOUR)
            deliverer.run_digest(CONFIG.id)
            chat.answers += ANSWERS
            for _ in range(4):
                await deliverer.send_queued()
                clock.forward(UNCLEAR_WAIT + timedelta(minutes=1))
        assert len(chat.requests) > 12
    assert any(CANARY.encode() in password for password in mail.script.logins), "the wire carries it"
    assert store.deliveries(failed=True)

    ours = (record.getMessage() for record in caplog.records if record.name != "mail.log")  # that is the server's
    log = "\n".join(ours) + "".join(capsys.readouterr())
    errors = "".join(f"{item.last_error} {item.answer} {item.recipient}" for item in store.deliveries(limit=1000))
    written = b"".join(path.read_bytes() for path in (tmp_path / "outbox").iterdir())
    database = b"".join(path.read_bytes() for path in tmp_path.glob("monitor.db*"))
    assert len(errors) > 500
    assert any(item.kind == "notice" for item in store.deliveries(limit=1000))
    seen = {"log": log, "errors": errors, "files": written.decode(), "database": database.decode("latin-1"),
            "values": repr(configured(chat, mail, tmp_path, 1)) + repr(built)}  # fmt: skip
    assert [name for name, text in seen.items() if CANARY in text] == []
