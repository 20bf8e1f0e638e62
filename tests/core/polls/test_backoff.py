"""Retries of deliveries that failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_news import NOW

from monitor.core.errors import DeliveryError
from monitor.core.messages.retries import UNCLEAR_WAIT, GiveUp, RetryLater, decide_retry
from monitor.core.model import Delivery, DeliveryState

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DELIVERY = Delivery(
    id=1, message_key="k", kind="digest", channel="mail", recipient="a@b.example", subject="s",
    state=DeliveryState.SENDING, attempts=1, created_at=NOW, next_attempt_at=None, sent_at=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [(1, MINUTE), (2, 2 * MINUTE), (5, 16 * MINUTE), (8, 128 * MINUTE), (9, 3 * HOUR), (500, 3 * HOUR)],
)
def test_waits_double_from_a_minute_to_three_hours(attempts, wait):
    delivery = replace(DELIVERY, attempts=attempts)
    assert decide_retry(delivery, DeliveryError("451", retryable=True), NOW) == RetryLater(NOW + wait)


def test_a_longer_wait_is_kept_and_a_shorter_one_is_not():
    requested = replace(DELIVERY, attempts=3)
    long, short = (DeliveryError("429", retryable=True, retry_after=wait) for wait in (HOUR, MINUTE))
    assert decide_retry(requested, long, NOW) == RetryLater(NOW + HOUR)
    assert decide_retry(requested, short, NOW) == RetryLater(NOW + 4 * MINUTE)


def test_a_permanent_failure_is_given_up_at_once():
    assert decide_retry(DELIVERY, DeliveryError("550 no", retryable=False), NOW) == GiveUp("550 no")


def test_an_unclear_delivery_is_sent_once_more_and_given_up_the_second_time():
    unclear = DeliveryError("gone", retryable=True, arrival="unclear")
    assert decide_retry(DELIVERY, unclear, NOW) == RetryLater(NOW + UNCLEAR_WAIT)
    given_up = decide_retry(replace(DELIVERY, maybe_repeat=True, unconfirmed=True), unclear, NOW)
    assert given_up == GiveUp(
        "gone; it was sent twice without a confirmation and may have arrived", is_channel_failure=False
    )


def test_what_a_gateway_answers_is_retried_as_usual_and_then_an_unclear_delivery_once_more():
    answered = DeliveryError("http 502", retryable=True, arrival="unlikely")
    assert decide_retry(DELIVERY, answered, NOW) == RetryLater(NOW + MINUTE)
    unclear = DeliveryError("gone", retryable=True, arrival="unclear")
    assert decide_retry(replace(DELIVERY, maybe_repeat=True), unclear, NOW) == RetryLater(NOW + UNCLEAR_WAIT)


@given(attempts=st.integers(1, 1000), minutes=st.integers(0, 72 * 60), requested=st.integers(0, 10**6))
def test_no_delivery_waits_beyond_48_hours_after_it_was_created(attempts, minutes, requested):
    now = NOW + minutes * MINUTE
    delivery = replace(DELIVERY, attempts=attempts)
    refused = DeliveryError("451", retryable=True, retry_after=timedelta(seconds=requested))
    match decide_retry(delivery, refused, now):
        case RetryLater(at):
            assert now < at <= NOW + 48 * HOUR
        case GiveUp(reason):
            assert reason.startswith("451; tried ")
