"""Invented article pages for measuring costs; any extractor would find their text."""

from __future__ import annotations

import random


def synthetic_pages(number: int) -> list[bytes]:
    """Make pages with the menus, scripts, teasers and comments of real ones."""
    rng = random.Random(7)
    return [_synthetic_page(rng).encode() for _ in range(number)]


def _synthetic_page(rng: random.Random) -> str:
    def words(count: int) -> str:
        return " ".join("".join(rng.choices("etaoinshrdlucm", k=rng.randrange(2, 10))) for _ in range(count))

    def sentences(count: int) -> str:
        return " ".join(f"{words(rng.randrange(8, 22)).capitalize()}." for _ in range(count))

    def links(count: int) -> str:
        items = (f'<li class="item"><a href="/{words(1)}/{n}" data-track="x">{words(4)}</a></li>' for n in range(count))
        return f"<ul>{''.join(items)}</ul>"

    def teaser(number: int) -> str:
        picture = f'<img src="/i/{number}.jpg" alt="{words(5)}" width="300">'
        return f'<div class="teaser"><a href="/t/{number}">{picture}<h3>{words(8)}</h3></a><p>{words(12)}</p></div>'

    title = words(9).capitalize()
    paragraphs = [f"<p>{sentences(rng.randrange(2, 6))}</p>" for _ in range(rng.randrange(8, 40))]
    inside = [
        f'<p>Read more: <a href="/x">{words(8)}</a></p>',
        f"<figure><img src=x><figcaption>{words(9)}</figcaption></figure>",
    ]
    comments = "".join(f'<div class="comment"><b>{words(1)}</b><p>{sentences(3)}</p></div>' for _ in range(12))
    script = f"<script>var data = {{'a': '{words(300)}'}};</script>"
    data = f'{{"@type": "NewsArticle", "headline": "{title}", "datePublished": "2026-06-03"}}'
    head = f'<title>{title} | {words(2)}</title><meta property="og:title" content="{title}">'
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">{head}
<script type="application/ld+json">{data}</script>{script * 6}<style>{".a{margin:0}" * 200}</style></head>
<body><header><nav class="menu">{links(60)}</nav></header><main class="layout"><article class="story"><h1>{title}</h1>
<div class="meta"><time datetime="2026-06-03">3 June</time></div>
<div class="body">{"".join(paragraphs[:3])}{"".join(inside)}{"".join(paragraphs[3:])}</div></article>
<aside class="sidebar">{links(20)}{"".join(map(teaser, range(12)))}</aside>
<section class="comments">{comments}</section></main><footer>{links(40)}<p>{words(30)}</p></footer>
{script * 3}</body></html>"""
