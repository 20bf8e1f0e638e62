"""Texts of rules, and how a test submits them to the page that tries them."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from web_clients import csrf_token_of, same_origin

if TYPE_CHECKING:
    import httpx

RULE = """\
id: strikes
title: Strikes
topic: oversight
any: [strike]
tests:
  - hit: A strike in the port
  - miss: A stroke of luck
"""
SLOW = (
    f"lists: {{a: [{', '.join(f'c{i} d' for i in range(5000))}], b: [{', '.join(f'd{i}' for i in range(5000))}]}}\n"
    "rules:\n" + "".join(f" - {{id: r{i:05}, title: t, topic: t, any: [$a], none: [$b]}}\n" for i in range(4000))
)
"""A text that takes about twenty seconds."""


def try_text(client: httpx.Client, text: str, path: str = "/rules/try", **fields: str) -> httpx.Response:
    """Submit a text as the form of the page does."""
    form = {"yaml": text, "csrf_token": csrf_token_of(client.get(path)), **fields}
    return client.post(path, data=form, headers=same_origin(client))


def text_of(page: httpx.Response) -> str:
    """Return what a page says: without tags, blanks in one."""
    main = page.text.partition('<main id="main">')[2].partition("</main>")[0]
    main = re.sub(r"<textarea.*?</textarea>", "", main, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def written_in(page: httpx.Response, name: str = "yaml") -> str:
    """Return the text in a field of the form."""
    found = re.search(rf'<textarea name="{name}"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert found, page.text
    return html.unescape(found[1])
