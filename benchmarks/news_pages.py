"""Invented article pages of realistic size: a few paragraphs of news within menus, scripts, teasers and the like.

Their measures are those of 120 real pages of 2017-26: about 700 elements, 16 deep, more than a hundred links, 110 kB
(half of them below 85 kB), a third of it scripts and styles, and 4,700 characters of article. The size matters because
costs are compared with those of the bare libraries: on smaller pages every other cost would look large.
"""

from __future__ import annotations

import random
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING

from benchmarks.matching import draw, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = 20_000
_DRAWN = 499_979
"""Words drawn, which the pages then use up one after the other; more than they need, and a prime."""
_SMALL, _SPOKEN = 150, 400
"""Between them stand the words whose phrases nearly every text has; without, a hundred rules hit every fourth page."""
_SCRIPT = "window.dataLayer=window.dataLayer||[];(function(w,d,s){{var f=d.getElementsByTagName(s)[0];w.q={0!r};}})();"
_STYLE = ".c-{0}__item--{1}{{margin:0 auto;padding:.5rem 1rem;display:flex;color:#1a1a1a}}"
_NAMES = (("article", "article__body"), ("post", "entry-content"), ("css-1kxw3", "css-9fz2d"), ("l-grid", "l-cell"))
"""Classes of an article and its text; half of them say nothing about their content."""
_LANGUAGE = "cy"
"""What the made-up words are taken for: nearly every page declares the language that it is in."""
_META = "og:type og:site_name og:locale og:image twitter:card twitter:site twitter:image article:section author robots"


def news_pages(number: int, seed: int = 7) -> list[bytes]:
    """Make this number of pages of different sizes."""
    rng = random.Random(seed)
    words = vocabulary(WORDS, random.Random(1))
    drawn = cycle(draw(words[:_SMALL] + words[_SPOKEN:], _DRAWN, rng))
    return [_Page(rng, drawn).markup().encode() for _ in range(number)]


class _Page:
    """One page being written."""

    def __init__(self, rng: random.Random, words: Iterator[str]) -> None:
        self.rng, self.words = rng, words
        self.size = rng.lognormvariate(0.16, 0.55)
        """Size of each part, relative to the average."""
        self.story, self.body = rng.choice(_NAMES)
        self.title = self.some(9).capitalize()

    def some(self, number: int) -> str:
        return " ".join(islice(self.words, number))

    def many(self, usual: float) -> range:
        return range(max(1, round(usual * self.size * self.rng.uniform(0.7, 1.3))))

    def prose(self, sentences: int) -> str:
        """Write sentences, some with a link or an emphasis in them."""
        written = [f"{self.some(self.rng.randrange(8, 26)).capitalize()}." for _ in range(sentences)]
        if self.rng.random() < 0.3:
            written.insert(1, f'As <a href="/topic/{self.some(1)}" class="inline-link">{self.some(4)}</a> said.')
        if self.rng.random() < 0.1:
            written.append(f"<strong>{self.some(3)}</strong> and <em>{self.some(2)}</em>.")
        return " ".join(written)

    def markup(self) -> str:
        return (
            f'<!doctype html><html lang="{_LANGUAGE}"><head>{self._head()}</head>'
            f'<body class="page page--article theme-light"><div id="app"><div class="site-wrapper">'
            f'<div class="site-inner">{self._header()}'
            f'<main id="content" role="main"><div class="layout"><div class="layout__row"><div class="layout__main">'
            f"{self._article()}{self._comments()}</div>{self._sidebar()}</div></div></main>{self._footer()}"
            f"</div></div></div>{self._scripts(9)}</body></html>"
        )

    # ---------------------------------------------------------------- what a reader does not see

    def _head(self) -> str:
        meta = "".join(f'<meta property="{name}" content="{self.some(5)}">' for name in _META.split() * 2)
        links = "".join(f'<link rel="preload" as="font" href="/static/{each}.woff2">' for each in self.many(22))
        data = (
            f'{{"@context":"https://schema.org","@type":"NewsArticle","headline":"{self.title}",'
            f'"datePublished":"2026-06-03T08:00:00Z","author":{{"@type":"Person","name":"{self.some(2)}"}}}}'
        )
        return (
            f'<meta charset="utf-8"><title>{self.title} | {self.some(2)}</title>'
            f'<meta property="og:title" content="{self.title}">{meta}{links}'
            f'<script type="application/ld+json">{data}</script>{self._styles()}{self._scripts(14)}'
        )

    def _styles(self) -> str:
        rules = "".join(_STYLE.format(each % 40, each) for each in self.many(110))
        return f"<style>{rules}</style><style>{rules[:2_000]}</style>"

    def _scripts(self, usual: int) -> str:
        scripts = [_SCRIPT.format(self.some(self.rng.randrange(10, 200))) for _ in self.many(usual)]
        if self.rng.random() < 0.35:  # some frameworks send the page once more, as data
            scripts.append(f"window.__STATE__={{'body':{self.some(4_000)!r}}};")
        return "".join(f'<script async data-id="{number}">{text}</script>' for number, text in enumerate(scripts))

    # ---------------------------------------------------------------- around the article

    def _header(self) -> str:
        menus = "".join(self._menu("nav__menu", 14) for _ in range(4))
        icon = '<svg viewBox="0 0 24 24" class="icon"><path d="M12 2L2 7l10 5 10-5-10-5z"></path></svg>'
        search = f'<form action="/search" class="search"><input type="search" name="q"><button>{icon}</button></form>'
        return (
            f'<header class="site-header"><div class="site-header__inner"><a href="/" class="logo">{icon}</a>{search}'
            f'<nav class="nav" aria-label="Main"><div class="nav__inner">{menus}</div></nav></div></header>'
        )

    def _menu(self, name: str, usual: int) -> str:
        items = "".join(
            f'\n        <li class="{name}-item menu-item menu-item--{number}">\n          <a href="/{self.some(1)}/" '
            f'class="{name}-link js-track" data-track="{name}:{number}">{self.some(2)}</a>\n        </li>'
            for number in self.many(usual)
        )
        return f'<div class="{name}-box"><ul class="{name}">{items}</ul></div>'

    def _teaser(self, name: str) -> str:
        href = f"/{self.some(1)}/{self.rng.randrange(10**6)}"
        kicker = f'<div class="{name}__kicker"><span class="label">{self.some(1)}</span></div>'
        return (
            f'\n      <li class="{name} {name}--small"><div class="{name}__card o-card o-card--horizontal">'
            f'\n        <div class="{name}__media"><a href="{href}" class="{name}__link" tabindex="-1">'
            f'<img src="/img{href}.jpg" alt="{self.some(5)}" loading="lazy" width="300"></a></div>'
            f'\n        <div class="{name}__body">{kicker}'
            f'<h3 class="{name}__title"><a href="{href}">{self.some(8)}</a></h3></div>\n      </div></li>'
        )

    def _teasers(self, name: str, usual: int) -> str:
        teasers = "".join(map(self._teaser, [name for _ in self.many(usual)]))
        return f'<section class="{name}-list"><h2>{self.some(2)}</h2><ul class="{name}-items">{teasers}</ul></section>'

    def _sidebar(self) -> str:
        advert = '<div class="ad"><div class="ad__slot" id="ad-1"></div></div>'
        return (
            f'<aside class="layout__side"><div class="sticky">{advert}{self._teasers("most-read", 8)}'
            f"{self._menu('topics', 8)}{advert}</div></aside>"
        )

    def _footer(self) -> str:
        columns = "".join(self._menu("footer__column", 7) for _ in range(3))
        return (
            f'<footer class="site-footer"><div class="site-footer__inner"><div class="footer__columns">{columns}</div>'
            f'<div class="footer__legal"><p>{self.some(25)}</p></div></div></footer>'
        )

    # ---------------------------------------------------------------- the article

    def _article(self) -> str:
        parts = [f'<p class="c-text">{self.prose(self.rng.randrange(1, 5))}</p>' for _ in self.many(15)]
        more = f'<div class="related"><p>Read more: <a href="/{self.some(1)}">{self.some(8)}</a></p></div>'
        for part in (more, self._figure(), '<div class="ad"><div class="ad__slot"></div></div>'):
            parts.insert(self.rng.randrange(len(parts) + 1), part)
        tags = "".join(f'<li class="tag"><a href="/tag/{self.some(1)}">{self.some(1)}</a></li>' for _ in range(5))
        return (
            f'<div class="{self.story}"><div class="{self.story}__inner"><div class="{self.story}__top">'
            f"<h1>{self.title}</h1><p class='standfirst'>{self.prose(1)}</p>{self._byline()}</div>"
            f'<div class="{self.body}"><div class="c-wrap"><div class="c-wrap__in">{"".join(parts)}</div></div></div>'
            f'<ul class="tags">{tags}</ul>{self._teasers("related-story", 7)}</div></div>'
        )

    def _byline(self) -> str:
        shares = "".join(f'<li><a href="#share-{each}" class="share"><i></i></a></li>' for each in range(5))
        return (
            f'<div class="byline"><span class="byline__name">By <a href="/by/{self.some(1)}">{self.some(2)}</a></span>'
            f'<time datetime="2026-06-03T08:00:00Z">3 June 2026</time><ul class="shares">{shares}</ul></div>'
        )

    def _figure(self) -> str:
        picture = f'<picture><source srcset="/i/1.webp"><img src="/i/1.jpg" alt="{self.some(6)}"></picture>'
        return f'<figure class="figure">{picture}<figcaption>{self.prose(1)}</figcaption></figure>'

    def _comments(self) -> str:
        comment = partial(
            '<div class="comment"><div class="comment__head"><span class="comment__by">{}</span></div>'
            '<div class="comment__text"><p>{}</p></div></div>'.format
        )
        written = "".join(comment(self.some(1), self.prose(2)) for _ in self.many(4))
        return f'<section class="comments" id="comments"><h2>{self.some(2)}</h2>{written}</section>'
