"""Tries a translator of headlines with one word; stores nothing."""

from __future__ import annotations

import asyncio

from monitor.core.digests.translations import Headline
from monitor.core.model import TranslateConfig
from monitor.translation import TranslationError, translate

SAMPLE = "Internet"
"""A word that most languages have; its translation does not matter."""


def try_translator(config: TranslateConfig, source: str, target: str) -> str:
    """Return why the translator gives no usable answer; empty if it does."""
    program = config.command[0] if config.command else "Argos Translate"
    try:
        asyncio.run(translate(config, [Headline(source, SAMPLE)], target))
    except TranslationError as error:
        return f"{program} {error}"
    return ""
