"""Mail is sent whole, unencrypted only where that is allowed, and every error says whether to retry."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from letters import a_delivery, a_letter
from mailserver import Listening, Script, client_tls
from slowserver import dripping, until

from monitor.channels import UnclearError, UnreachableError
from monitor.channels.email.config import EmailConfig
from monitor.channels.email.sender import EmailChannel
from monitor.channels.email.smtp_address import SmtpServer
from monitor.channels.mail_message import compose_mail
from monitor.core.errors import DeliveryError
from monitor.core.messages import with_repeat_note
from monitor.runtime import threads

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")


async def send(server, *to, recipient="", message=None, deadline=20.0, delivery=None, **config):
    channel = EmailChannel("mail", server.config(*to, **config), tls=client_tls(), deadline=deadline)
    message = message or a_letter(recipients=channel.recipients())
    return await channel.send(message, delivery or a_delivery(message, recipient))


async def refused(server, *to, **how):
    with pytest.raises(DeliveryError) as raised:
        await send(server, *to, **how)
    return raised.value


async def test_a_mail_has_text_and_html_and_the_headers_of_an_automatic_list():
    async with Listening(Script()) as server:
        assert await send(server) == "250 2.0.0 queued as 7A3F"
    [(recipients, mail)] = server.script.mails
    assert recipients == ["team@example.org"]
    assert mail["Subject"].strip().startswith("First fine under the AI Act goes to a recruiter, and 7 more")
    assert mail["From"] == "Policy monitor <monitor@press.example>"
    assert mail["To"] == "team@example.org"
    assert mail["List-Id"] == "<daily-brief.press.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<mailto:monitor@press.example?subject=unsubscribe%20daily-brief>"
    assert mail["Reply-To"] is None
    assert mail["Message-ID"].endswith("@press.example>")
    assert "Consultation opens" in mail.get_body(["plain"]).get_content()
    assert "<mark" in mail.get_body(["html"]).get_content()


async def test_a_calendar_is_attached_beside_text_and_html():
    calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
    async with Listening(Script()) as server:
        await send(server, message=replace(a_letter(), payload={"ics": calendar}))
    [(_, mail)] = server.script.mails
    [attached] = mail.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("text/calendar", "dates.ics")
    assert attached.get_content().splitlines() == calendar.splitlines()
    assert "<mark" in mail.get_body(["html"]).get_content()


async def test_replies_and_requests_to_leave_go_where_the_channel_says():
    async with Listening(Script()) as server:
        await send(server, reply_to="team@example.org")
        await send(server, reply_to="team@example.org", unsubscribe="Lists <lists@example.org>")
    first, second = (mail for _, mail in server.script.mails)
    assert first["Reply-To"] == second["Reply-To"] == "team@example.org"
    assert first["List-Unsubscribe"].startswith("<mailto:team@example.org?")
    assert second["List-Unsubscribe"].startswith("<mailto:lists@example.org?")


async def test_the_mail_of_a_subscription_names_its_reader_only():
    async with Listening(Script()) as server:
        await send(server, "team@example.org", recipient="anna@example.org")
        of_member = a_letter(recipients=("ben@example.org",))
        await send(server, "team@example.org", "ben@example.org", message=of_member)
    seen = [(recipients, mail["To"]) for recipients, mail in server.script.mails]
    assert seen == [(["anna@example.org"], "anna@example.org"), (["ben@example.org"], "ben@example.org")]


async def test_the_message_id_is_that_of_the_message_and_the_same_on_a_repeat():
    message = a_letter()
    async with Listening(Script()) as server:
        await send(server, message=message)
        repeat = a_delivery(message, maybe_repeat=True, attempts=2)
        await send(server, message=with_repeat_note(message, repeat), delivery=repeat)
        await send(server, message=replace(message, key="digest/daily-brief/another/mail"))
    first, second, other = (mail for _, mail in server.script.mails)
    assert first["Message-ID"] == second["Message-ID"] != other["Message-ID"]
    assert "may be a repeat" not in first.get_body(["plain"]).get_content()
    assert second["X-Policy-Monitor-Repeat"] == "maybe"
    for kind in ("plain", "html"):
        assert "may be a repeat" in second.get_body([kind]).get_content()


async def test_hidden_recipients_are_mailed_and_not_named():
    async with Listening(Script()) as server:
        await send(server, "seen@example.org", recipient="hidden@example.org", bcc=("hidden@example.org",))
    [(recipients, mail)] = server.script.mails
    assert recipients == ["hidden@example.org"]
    assert mail["To"] == "seen@example.org"
    assert "hidden@example.org" not in str(mail)


async def test_a_refused_recipient_is_refused_alone():
    script = Script(rcpt={"gone@example.org": "550 5.1.1 no such box"})
    to = ("first@example.org", "gone@example.org", "last@example.org")
    async with Listening(script) as server:
        await send(server, *to, recipient=to[0])
        error = await refused(server, *to, recipient=to[1])
        await send(server, *to, recipient=to[2])
    assert (error.retryable, error.of_recipient) == (False, True)
    assert str(error) == "550 5.1.1 no such box; correct or remove this address"
    assert [recipients for recipients, _ in script.mails] == [[to[0]], [to[2]]]


@pytest.mark.parametrize("answer", ["550 5.7.1 relaying denied", "550 5.1.8 sender unknown", "550 5.1.11 no", "550 no"])
async def test_a_refusal_that_may_be_of_the_sender_is_not_only_of_the_recipient(answer):
    async with Listening(Script(rcpt={"team@example.org": answer})) as server:
        assert not (await refused(server)).of_recipient


@pytest.mark.parametrize(
    ("script", "reason", "retryable"),
    [
        (Script(rcpt={"team@example.org": "451 4.7.1 greylisted, come back"}), "451 4.7.1 greylisted, come back", True),
        (Script(rcpt={"team@example.org": "550 5.1.1 no"}), "550 5.1.1 no; correct or remove this address", False),
        (Script(rcpt={"team@example.org": "550 5.2.3 too long"}), "550 5.2.3 too long", False),
        (Script(rcpt={"team@example.org": "552 5.2.2 mailbox full"}), "552 5.2.2 mailbox full", True),
        (Script(rcpt={"team@example.org": "350 go on"}), "350 go on", True),
        (Script(data=["452 4.3.1 disk full"]), "452 4.3.1 disk full", True),
        (Script(data=["554 5.7.1 looks like spam"]), "554 5.7.1 looks like spam", False),
    ],
)
async def test_a_refusal_of_4xx_and_a_full_mailbox_may_pass_and_other_5xx_will_not(script, reason, retryable):
    async with Listening(script) as server:
        error = await refused(server)
    assert (str(error), error.retryable) == (reason, retryable)
    assert not isinstance(error, UnclearError | UnreachableError)


@pytest.mark.parametrize(("greeting", "retryable"), [(b"421 too busy\r\n", True), (b"554 go away\r\n", False)])
async def test_a_server_may_refuse_in_its_greeting(greeting, retryable):
    async with Listening(Script(), greeting=greeting) as server:
        error = await refused(server)
    assert str(error) == greeting.decode().strip()
    assert error.retryable is retryable


async def test_a_connection_dropped_after_data_leaves_it_unclear():
    async with Listening(Script(data=["drop"])) as server:
        error = await refused(server)
    assert isinstance(error, UnclearError)
    assert error.retryable
    assert len(server.script.mails) == 1


@pytest.mark.parametrize("reply", ["lalala", "200 fine"])
async def test_a_reply_to_the_data_that_neither_accepts_nor_refuses_leaves_it_unclear(reply):
    async with Listening(Script(data=[reply])) as server:
        error = await refused(server)
    assert isinstance(error, UnclearError)
    assert str(error) == "the server neither accepted nor refused the mail"


async def test_a_server_that_never_answers_the_data_is_unclear_at_the_deadline():
    async with Listening(Script(data=["hang"] * 3)) as server:
        for deadline in (0.3, 3.0, 30.0):  # a busy machine may take that long to reach the data
            error = await refused(server, deadline=deadline)
            if isinstance(error, UnclearError):
                break
    assert isinstance(error, UnclearError)


async def test_a_server_that_never_greets_is_given_up_at_the_deadline():
    async with Listening(Script(), greeting=b"220-wait\r\n") as server:
        error = await refused(server, deadline=0.3)
    assert error.retryable
    assert not isinstance(error, UnclearError)


async def test_a_server_that_hangs_up_in_the_middle_is_tried_again():
    async with Listening(Script(), greeting=b"220 hi\r\n") as server:
        error = await refused(server)
    assert str(error) == "the connection broke before the mail was sent: SMTPServerDisconnected"
    assert error.retryable
    assert not isinstance(error, UnclearError | UnreachableError)


async def test_a_server_that_is_not_there_is_unreachable():
    async with Listening(Script()) as server:
        pass
    error = await refused(server)
    assert isinstance(error, UnreachableError)
    assert str(error).startswith(f"localhost:{server.port} cannot be reached: ")


async def test_nothing_is_sent_in_the_clear_to_a_server_without_starttls():
    async with Listening(Script()) as server:
        error = await refused(server, security="starttls", user="monitor", password="right")
    assert str(error) == "the server offers no STARTTLS, and nothing is sent in the clear"
    assert not error.retryable
    assert server.script.mails == server.script.logins == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mail_is_sent_over_tls(security):
    async with Listening(Script(), tls=security) as server:
        await send(server, security=security, user="monitor", password="right")
    assert server.script.secure == [True]
    assert server.script.logins == [(b"monitor", b"right")]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_of_an_unknown_authority_is_refused(security):
    async with Listening(Script(), tls=security) as server:
        channel = EmailChannel("mail", server.config(security=security))
        with pytest.raises(DeliveryError, match="the server's certificate is not valid") as raised:
            await channel.send(a_letter(), a_delivery(a_letter()))
    assert raised.value.retryable
    assert server.script.mails == []


async def test_a_wrong_password_is_a_permanent_failure_and_stays_secret():
    async with Listening(Script()) as server:
        error = await refused(server, user="monitor", password="wrong-and-secret")
    assert str(error).startswith("535 ")
    assert str(error).endswith("; check user name and password in `smtp` of this channel")
    assert not error.retryable
    assert "wrong-and-secret" not in str(error)


async def test_a_server_without_logins_is_distinguished_from_a_wrong_password():
    async with Listening(Script(), greeting=b"220 hi\r\n250 nothing to offer\r\n") as server:
        error = await refused(server, user="monitor", password="right")
    assert "not supported" in str(error)
    assert not error.retryable


async def test_addresses_beyond_ascii_are_sent_where_the_server_takes_them():
    async with Listening(Script()) as server:
        await send(server, "équipe@example.org")
    assert server.script.mails[0][0] == ["équipe@example.org"]


async def test_addresses_beyond_ascii_are_refused_for_good_where_it_does_not():
    async with Listening(Script(), greeting=b"220 hi\r\n250 nothing to offer\r\n") as server:
        error = await refused(server, "équipe@example.org")
    assert str(error) == (
        "the server takes no address with letters beyond ASCII (SMTPUTF8): write another one for équipe@example.org"
    )
    assert not error.retryable


async def test_lines_that_begin_with_a_dot_arrive_as_they_are():
    message = replace(a_letter(), text=".\n..two\nthe end\n.", html="")
    async with Listening(Script()) as server:
        await send(server, message=message)
    assert server.script.mails[0][1].get_content().splitlines() == [".", "..two", "the end", "."]


async def test_a_sender_whose_domain_is_no_name_still_gets_a_message_id():
    message = a_letter(recipients=("team@example.org",))
    sent = compose_mail(message, a_delivery(message), sender=f"monitor@{'x' * 70}.example", to=["team@example.org"])
    assert sent["Message-ID"].endswith("@policy-monitor.invalid>")


async def test_a_mail_that_is_taken_at_the_last_moment_counts_as_sent():
    class Slow(Script):
        async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
            answer = await super().handle_DATA(server, session, envelope)
            await server.push(answer)
            await asyncio.Event().wait()

    async with Listening(Slow()) as server:
        assert await send(server, deadline=1.8) == "250 2.0.0 queued as 7A3F"


async def test_several_mails_go_out_at_once():
    async with Listening(Script()) as server:
        await asyncio.gather(*(send(server) for _ in range(4)))
    assert len(server.script.mails) == 4


async def test_a_server_that_drips_its_greeting_is_given_up_before_the_whole_deadline():
    with dripping() as server, pytest.raises(UnreachableError, match="no greeting within"):
        await to_slow(server, greeting=0.5)


@pytest.mark.parametrize("deliveries", [1, 5])
async def test_mail_that_is_broken_off_before_the_greeting_was_not_sent(deliveries):
    with dripping() as server:
        sendings = [asyncio.ensure_future(to_slow(server)) for _ in range(deliveries)]
        await threads.call(server.connected.wait, 60)
        for sending in sendings:
            sending.cancel()
        for sending in sendings:
            with pytest.raises(UnreachableError, match="interrupted"):
                await sending


async def test_mail_that_is_broken_off_after_its_data_may_have_arrived():
    async with Listening(Script(data=["hang"])) as server:
        sending = asyncio.ensure_future(send(server))
        await until(lambda: server.script.mails)
        sending.cancel()
        with pytest.raises(UnclearError, match="interrupted"):
            await sending


async def to_slow(server, **limits):
    smtp = SmtpServer(host="127.0.0.1", port=server.port, security="plain")
    config = EmailConfig(type="email", smtp=smtp, to=("team@example.org",), **{"from": "monitor@press.example"})
    message = a_letter(recipients=("team@example.org",))
    return await EmailChannel("mail", config, **limits).send(message, a_delivery(message, "team@example.org"))
