"""Links of newsletters that lead to no article: to unsubscribe, share, contact; and the one to read it in a browser.

The words of the common European languages, Chinese, Japanese and Korean. A link that is missed here becomes an entry
that no rule matches; a link that is taken for a service by mistake is lost, so the words must be unmistakable.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_MAX_LINK_TEXT_CHARS = 120
"""Characters of a link's text; longer ones are sentences about something else."""


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_BROWSER = _any(
    r"(?:view|read|see|open|display)\b.{0,30}\b(?:browser|online|web ?(?:page|site|version)?)\b",
    r"\bview (?:this )?(?:e-?mail|newsletter)\b",
    r"\b(?:web|online|browser)[- ]?(?:version|ansicht|view)\b",
    r"\bim browser\b|\bonline (?:lesen|ansehen|anzeigen|öffnen)\b",
    r"\ben ligne\b|\bversion web\b|\bnavigateur\b",
    r"\ben l[ií]nea\b|\ben (?:el|tu|su) navegador\b|\bno navegador\b|\bnel browser\b",
    r"\bonline versie\b|\bin (?:je|uw) browser\b|\bi (?:din )?(?:webbläsare|browser|nettleser)\b",
    r"w przeglądarce|в браузере|在浏览器|网页版|网页浏览|ブラウザ|웹에서|브라우저",
)
_ABOUT_BROWSER = _any(
    r"browser|open in app|read in app|(?:can.?t|cannot|trouble|problems?) (?:see|read|view)",
    r"not? (?:display|show|render)|nicht lesen|nicht (?:korrekt|richtig) (?:dargestellt|angezeigt)|darstell",
    r"s'affiche|visualiz|vis(?:ualis|ionn)|浏览器|ブラウザ|браузер",
)
_POINTER = re.compile(
    r"(?:click |klicken(?: sie)?(?: bitte)? ?|(?:sie )?bitte )?(?:here|hier|klicken|ici|aqu[ií]|qui|online|link)\W*",
    re.IGNORECASE,
)
_SERVICE = _any(
    r"unsubscri|opt.?out|cancel your subscription|manage (?:your |my )?(?:subscription|preference|email)",
    r"(?:update|change|edit) (?:your |my )?(?:\w+ )?(?:preference|profile|address|subscription|email|details)",
    r"abmeld|abzumelden|abbestell|austrag|daten bearbeiten|profil (?:aktualisieren|ändern)",
    r"désabonn|désinscri|gérer (?:vos|mes|votre)|darse de baja|cancelar (?:la )?su(?:b)?scripci|disiscri",
    r"cancell\w+ (?:l')?iscrizione|afmeld|uitschrijv|avregistr|avmeld|wypisz|zrezygnuj",
    r"no longer (?:wish|want)|keine (?:weiteren )?(?:e-?mails|newsletter)|ne plus recevoir",
    r"отпис|退订|取消订阅|配信停止|수신거부",
    r"forward (?:to|this)|\bshare\b|\btweet\b|\bretweet|restack|\blike\b|\bcomment\b|follow us|open in app|read in app",
    r"weiterleiten|weiterempfehl|teilen\b|folgen sie|transférer|partager|suivez|compartir|síguenos|condivid",
    r"\bsubscribe\b|sign up|\bsign in\b|\blog ?in\b|abonnieren|newsletter bestellen|abonnez|s'abonner|suscr[ií]b",
    r"privacy|terms (?:of|and|&)|legal notice|imprint|cookie|datenschutz|impressum|\bagb\b|nutzungsbedingungen",
    r"confidentialit|mentions légales|conditions (?:d'utilisation|générales)|privacidad|aviso legal",
    r"^\W*(?:contact(?: us)?|about(?: us)?|help|faq|home|website|advertise|kontakt|über uns|hilfe|à propos)\W*$",
    r"^\W*(?:contacto|contatti|twitter|x|facebook|instagram|linkedin|youtube|mastodon|bluesky|threads)\W*$",
    r"^\W*(?:telegram|whatsapp|xing|rss|podcast|app store|google play|phplist|mailchimp)\W*$",
    r"^\W*(?:publish on \w+|powered by .*)$",
)
_SERVICE_ADDRESS = _any(
    r"/(?:un|re)?subscri(?:be|ption)|/opt-?out|/preferences?(?:/|\?|$)|/abmeld",
    r"/newsletter/?(?:abmeldung|anmeldung|unsubscribe)|[?&]action=(?:unsubscribe|restack|share|like|comment)",
    r"/(?:sharer?|intent/tweet|share-offsite|shareArticle)\b",
    r"/(?:impressum|imprint|datenschutz\w*|privacy(?:-policy)?|kontakt|contact|agb|terms)(?:[/?.#]|$)",
)
_SOCIAL = re.compile(
    r"(?:^|\.)(?:facebook|instagram|twitter|x|tiktok|pinterest|threads|whatsapp|xing|linkedin|bsky)"
    r"\.(?:com|net|app|social)$|^(?:t|wa)\.me$"
)
_POST = re.compile(r"/(?:status|posts?|p|reel|pulse|feed/update|permalink)[/.-]")
"""Addresses of single posts, which may be what a newsletter is about."""


def is_browser_text(text: str) -> bool:
    """Return True if the text of a link says that it opens the message in a browser."""
    return len(text) <= _MAX_LINK_TEXT_CHARS and bool(_BROWSER.search(text))


def is_pointer(text: str) -> bool:
    """Return True for a link like `here`, whose purpose the text around it says."""
    return len(text) <= _MAX_LINK_TEXT_CHARS and bool(_POINTER.fullmatch(text))


def is_about_browser(around: str) -> bool:
    """Return True if the text around a link says that it opens the message in a browser."""
    return len(around) <= 3 * _MAX_LINK_TEXT_CHARS and bool(_ABOUT_BROWSER.search(around))


def is_service_text(text: str) -> bool:
    """Return True if the text of a link, or a sentence with a link, says that the link is for a service."""
    return len(text) <= _MAX_LINK_TEXT_CHARS and bool(_SERVICE.search(text) or _BROWSER.search(text))


def is_service_link(text: str, url: str) -> bool:
    """Return True if a link of a newsletter leads to a service rather than to something to read."""
    if is_service_text(text):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    host = parts.hostname or ""
    is_profile = bool(_SOCIAL.search(host)) and not _POST.search(parts.path)
    return is_profile or bool(_SERVICE_ADDRESS.search(f"{parts.path}?{parts.query}"))


def is_front_page(url: str) -> bool:
    """Return True for the front page of a site, which a newsletter links as its own or as a sponsor's."""
    parts = urlsplit(url)
    return parts.path.strip("/") == "" and not parts.query and not parts.fragment
