"""Files and the console: what needs no network."""

from __future__ import annotations

import asyncio
import io
import json
import os
import select
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import httpx
import pytest
from letters import a_delivery, a_letter
from slowserver import until

from monitor.channels import ChannelServices, UnclearError, build_channels
from monitor.channels.apprise.config import AppriseConfig
from monitor.channels.console.config import ConsoleConfig
from monitor.channels.console.sender import ConsoleChannel
from monitor.channels.email.config import EmailConfig
from monitor.channels.email.smtp_address import SmtpServer
from monitor.channels.file.config import FileConfig
from monitor.channels.file.sender import FileChannel
from monitor.channels.slack.config import SlackConfig
from monitor.channels.webhook.config import WebhookConfig
from monitor.config_types.credentials import Secret
from monitor.core.errors import DeliveryError

NAME = "digest-daily-brief-2026-11-24T080000+0100-outbox"


def outbox(folder):
    return FileChannel("outbox", FileConfig(type="file", dir=str(folder)))


async def send(channel, **changes):
    message = replace(a_letter(channel.name, channel.formats, channel.recipients()), **changes)
    return await channel.send(message, a_delivery(message))


async def test_a_message_becomes_four_files_named_after_its_key(tmp_path):
    folder = tmp_path / "new" / "outbox"
    answer = await send(outbox(folder))
    assert answer == str(folder / f"{NAME}.html")
    assert sorted(path.name for path in folder.iterdir()) == [f"{NAME}.{end}" for end in ("eml", "html", "json", "txt")]
    mail = message_from_bytes((folder / f"{NAME}.eml").read_bytes(), policy=default)
    assert mail["From"] == "Policy monitor <monitor@localhost>"
    assert json.loads((folder / f"{NAME}.json").read_text("utf-8"))["id"] == "daily-brief"
    assert "珠江科技报" in (folder / f"{NAME}.txt").read_text("utf-8")
    assert (folder / f"{NAME}.txt").stat().st_mode & 0o777 == 0o600


async def test_sending_again_writes_the_same_files(tmp_path):
    await send(outbox(tmp_path))
    await send(outbox(tmp_path))
    assert len(list(tmp_path.iterdir())) == 4


async def test_a_message_of_text_alone_is_text_and_mail(tmp_path):
    answer = await send(outbox(tmp_path), html="", payload={})
    assert answer.endswith(".txt")
    assert {path.suffix for path in tmp_path.iterdir()} == {".txt", ".eml"}


async def test_a_folder_that_cannot_be_written_to_may_be_corrected(tmp_path):
    (tmp_path / "outbox").write_text("a file is in the way")
    with pytest.raises(DeliveryError, match="cannot write to") as raised:
        await send(outbox(tmp_path / "outbox"))
    assert raised.value.retryable


async def test_a_write_that_fails_half_way_leaves_nothing_behind(tmp_path):
    (tmp_path / f"{NAME}.eml").mkdir()
    with pytest.raises(DeliveryError):
        await send(outbox(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [f"{NAME}.eml"]


async def test_the_console_prints_a_digest_as_text():
    stream = io.StringIO()
    assert await send(ConsoleChannel("console", stream)) == "printed"
    assert stream.getvalue().startswith("AI governance, daily brief, Tue 24 Nov 2026\n=")


async def test_the_console_prints_the_subject_of_what_is_no_digest():
    stream = io.StringIO()
    await send(ConsoleChannel("console", stream), kind="notice", subject="Not delivered", text="Why.\n")
    assert stream.getvalue() == "Not delivered\n\nWhy.\n\n"


async def test_a_console_whose_encoding_lacks_characters_still_prints(tmp_path):
    with (tmp_path / "ascii").open("w", encoding="ascii") as stream:
        await send(ConsoleChannel("console", stream))
    assert "Le Courrier du Num?rique" in " ".join((tmp_path / "ascii").read_text().split())


async def test_a_console_that_is_gone_is_a_failure_that_may_pass():
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(DeliveryError, match="cannot print: Broken pipe") as raised:
        await send(ConsoleChannel("console", Gone()))
    assert raised.value.retryable


async def test_the_console_is_standard_output(capsys):
    await send(ConsoleChannel("console"))
    assert "Consultation opens" in capsys.readouterr().out


async def test_every_kind_of_channel_is_built_by_name():
    smtp = SmtpServer(host="localhost", port=25, security="plain")
    configs = {
        "outbox": FileConfig(type="file", dir="data"),
        "console": ConsoleConfig(type="console"),
        "team": EmailConfig(
            type="email", smtp=smtp, to=("c@d.example",), bcc=("e@f.example",), **{"from": "a@b.example"}
        ),
        "slack": SlackConfig(type="slack", webhook=Secret("https://hooks.example/x")),
        "hook": WebhookConfig(type="webhook", url=Secret("https://hooks.example/y")),
        "teams": AppriseConfig(type="apprise", url=Secret("json://localhost")),
    }
    async with httpx.AsyncClient(verify=False) as client:
        built = build_channels(configs, ChannelServices(client=client, open_proxy=no_proxy, clock=None))
    assert {name: channel.recipients() for name, channel in built.items()} == {
        "outbox": ("outbox",),
        "console": ("console",),
        "team": ("c@d.example", "e@f.example"),
        "slack": ("slack",),
        "hook": ("hook",),
        "teams": ("teams",),
    }
    assert [name for name, channel in built.items() if not channel.preferred_for_notices] == ["outbox", "console"]
    assert all(channel.concurrency >= 1 and channel.name == name for name, channel in built.items())


def no_proxy():
    raise AssertionError("nothing is sent")


@pytest.fixture
def unread():
    """A stream into a pipe that nobody reads."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        yield stream
        os.close(reader)


async def test_an_unread_console_is_given_up_and_delays_no_other(unread):
    printing = ConsoleChannel("console", unread, deadline=0.3)
    with pytest.raises(UnclearError, match="standard output is not read"):
        await send(printing, text="x" * 1_000_000)  # its beginning is in the pipe
    with pytest.raises(DeliveryError, match="standard output is not read") as raised:
        await send(printing, text="more")
    assert not isinstance(raised.value, UnclearError)
    assert raised.value.retryable


async def test_printing_that_is_broken_off_ends(unread):
    sending = asyncio.ensure_future(send(ConsoleChannel("console", unread), text="x" * 1_000_000))
    await until(lambda: full(unread.fileno()))
    sending.cancel()
    with pytest.raises(UnclearError, match="interrupted"):
        await sending


def full(number):
    room = select.poll()
    room.register(number, select.POLLOUT)
    return not room.poll(0)
