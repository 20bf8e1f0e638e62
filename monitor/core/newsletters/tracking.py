"""Where a link of a newsletter leads, as far as its text says: nothing is requested.

Mailing services replace links by addresses of their own, which count the click of one subscriber. Some of those hold
the real address: in a parameter, percent-encoded in the path, or as base64. The others cannot be resolved without a
request that would count as a click and may confirm, share or cancel something; `is_tracker` names them.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from courlan.clean import scrub_url

from monitor.core import links

_MAX_HREF_CHARS = 8_000
"""Characters of an address as written; trackers are longer than what they lead to."""
_MAX_NESTED_ADDRESSES = 3
"""How often an address within an address is looked for."""
_TARGETS = frozenset(
    {"url", "u", "q", "target", "dest", "destination", "redirect", "redirect_url", "redirecturl", "redirect_to", "to",
     "link", "href", "goto", "out", "desturl", "targeturl", "e"}
)  # fmt: skip
"""Parameters in which redirectors put the address."""
_NO_REDIRECTOR = re.compile(
    r"(?:^|\.)(?:web\.archive\.org|archive\.(?:is|ph|today|org)|translate\.google\.\w+|validator\.w3\.org)$"
)
"""Services whose pages show another page on purpose."""
_PROOFPOINT = re.compile(r"/v3/__(https?:/{1,2}.+?)__;")
_BASE64 = re.compile(r"[A-Za-z0-9_-]{16,}={0,2}")
_ENCODED = re.compile(r"/(https?(?::|%3A)%2F%2F[^/]+)", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s\"'<>\\]{4,}")
_SUBSCRIBER = frozenset(
    {"mc_eid", "mc_cid", "_hsenc", "_hsmi", "ck_subscriber_id", "vero_id", "vero_conv", "elqtrackid", "elq", "elqaid",
     "elqat", "elqtrack", "mkt_tok", "trk_contact", "trk_msg", "trk_module", "trk_sid", "sc_eid", "sfmc_id",
     "sfmc_sub", "subscriber_id", "subscriberid", "recipient_id", "email", "email_address", "emailaddress", "bxid",
     "cndid", "_ke", "_bta_tid", "_bta_c", "oly_anon_id", "oly_enc_id", "rb_clickid", "isfreemail", "triedredirect",
     "inx_id", "jwt", "mid_token", "midtoken", "midsig", "trkemail"}
)  # fmt: skip
"""Parameters that name the subscriber or the sending."""
_IN_CAMPAIGNS = frozenset({"r", "j", "eid", "token", "recipient", "subscriber", "publication_id"})
"""Parameters that do so beside `utm_...`, and mean something else elsewhere."""
_JSON_TOKEN = re.compile(r"eyJ[\w-]{20,}")
"""A signed token (RFC 7519) begins so: `{"` in base64."""
_SERVICES = re.compile(
    r"(?:^|\.)(?:list-manage\d?\.com|sendgrid\.net|mandrillapp\.com|mailgun\.(?:org|net)|hubspotlinks(?:starter)?\.com"
    r"|hs-sites\.com|createsend\d?\.com|cmail\d{0,2}\.com|mailjet\.com|mjt\.lu|sendibm\d?\.com|sendibt\d?\.com|awstrack\.me"
    r"|convertkit-mail\d?\.com|kit-mail\d?\.com|klclick\d?\.com|exct\.net|exacttarget\.com|rs6\.net|acemln\w\.com"
    r"|getresponse\.com|cleverreach\.com|rapidmail\.\w+|amxe\.net|inxserver\.\w+|smtp2go\.com|mlsend\d?\.com"
    r"|mailerlite\.com|mailchannels\.\w+|postmarkapp\.com|pstmrk\.it|sparkpostmail\.com|sendinblue\.com|brevo\.com"
    r"|fairmailing\.net|emarsys\.net|dotdigital-pages\.com|agnitas\.de|mail-trk\.com|eloqua\.com|en25\.com|govdelivery\.com"
    r"|lnks\.gd|pardot\.com|marketo\.com|mktoweb\.com|substack\.com|safelinks\.protection\.outlook\.com|urldefense\.com)$"
)
"""Domains whose addresses in mails are redirectors of mailing services."""
_OWN_PAGES = re.compile(r"^(?!open\.)[\w-]+\.substack\.com$|^content\.govdelivery\.com$|^www\.mailerlite\.com$")
"""Hosts of these domains with articles."""
_LABEL = re.compile(
    r"^(?:e?links?\d*|clicks?\d*|trk|track(?:ing)?\d*|e?mail\d*|mailing|news(?:letter)?s?\d*|nl\d*|r|t|e|em\d*|email\d*|go"
    r"|lt|url\d*|ablink|redirect|u\d{5,}|cts?|info\d*|marketing|response)\.",
)
_CLICK_PATH = re.compile(
    r"/(?:clicks?|track|trk|redirect|ss/c|ls/click|tr/\w+|f/a|CL0)(?:/|$)|/(?:click|lt|track)\.\w{3,4}$|^/(?:cl?|d|lt)$"
)
_RUN = re.compile(r"[A-Za-z0-9]{16,}")
"""So many letters and digits in a row are a token rather than a word, if there is a digit among them."""


class ResolvedLink(NamedTuple):
    """Where a link leads."""

    url: str
    """An http(s) address without what names the subscriber; empty if the link leads to no page."""
    is_tracker: bool = False
    """The address is a redirector's, and where it leads is not known. It may name the subscriber."""


def resolve(href: str) -> ResolvedLink:
    """Return where a link leads; nowhere if it is not absolute."""
    if len(href) > _MAX_HREF_CHARS:
        return ResolvedLink("")
    url = "".join(href.split())
    for _ in range(_MAX_NESTED_ADDRESSES):
        inner = _address_within(url)
        if not inner:
            break
        url = inner
    scrubbed = url if url.count("http") > 1 else scrub_url(url)
    resolved = links.resolve_link("", scrubbed)
    if not resolved:
        return ResolvedLink("")
    return ResolvedLink(resolved, is_tracker=True) if is_tracker(resolved) else ResolvedLink(strip_subscriber(resolved))


def is_tracker(url: str) -> bool:
    """Return True for the address of a redirector that counts clicks."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    if _OWN_PAGES.search(host):
        return False
    if _SERVICES.search(host):
        return True
    if not _LABEL.match(host):
        return False
    return bool(_CLICK_PATH.search(parts.path)) or _is_opaque(f"{parts.path}?{parts.query}")


def strip_subscriber(url: str) -> str:
    """Return an address without the parameters that name its reader or the sending.

    A number stays, unless the name is only a subscriber's (`links.is_tracking_parameter`).
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    is_campaign = any(name.startswith("utm_") for name, _ in pairs)
    kept = [(name, value) for name, value in pairs if not _names_subscriber(name, value, is_campaign=is_campaign)]
    return url if len(kept) == len(pairs) else urlunsplit(parts._replace(query=urlencode(kept)))


def _names_subscriber(name: str, value: str, *, is_campaign: bool) -> bool:
    lower = name.lower()
    if lower in _SUBSCRIBER or "@" in value or _JSON_TOKEN.match(value) or (is_campaign and lower in _IN_CAMPAIGNS):
        return True
    return links.is_tracking_parameter(name, value)


def _is_opaque(rest: str) -> bool:
    """Return True if path and query hold a token: many letters and digits mixed, without hyphens as between words."""
    return any(
        any(map(str.isdigit, run))
        and (sum(map(str.isdigit, run)) * 6 >= len(run) or not (run.islower() or run.isupper()))
        for run in _RUN.findall(rest)
    )


def _address_within(url: str) -> str:
    """Return the address that a redirector's address holds; empty if it holds none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if _NO_REDIRECTOR.search(host):
        return ""
    if (written := _PROOFPOINT.search(parts.path + "?" + parts.query)) and host.endswith("urldefense.com"):
        return re.sub(r"^(https?):/+", r"\1://", written[1])
    for name, value in parse_qsl(parts.query):
        if name.lower() in _TARGETS and (address := _web_address(_from_proofpoint(value, host), host)):
            return address
    encoded = _ENCODED.search(parts.path)
    if encoded and (address := _web_address(unquote(encoded[1]), host)):
        return address
    return _address_in_base64(parts.path, host)


def _from_proofpoint(value: str, host: str) -> str:
    """Decode the second version of URL Defense, which writes `-3A` for `%3A` and `_` for `/`."""
    if not host.endswith("urldefense.proofpoint.com"):
        return value
    return unquote(value.replace("-", "%").replace("_", "/"))


def _address_in_base64(path: str, host: str) -> str:
    for piece in re.split(r"[/.]", path):
        if not _BASE64.fullmatch(piece):
            continue
        padded = piece.rstrip("=") + "=" * (-len(piece.rstrip("=")) % 4)
        try:
            text = base64.urlsafe_b64decode(padded).decode("utf-8")
        except (binascii.Error, ValueError):
            continue
        if (written := _WEB.search(text)) and (address := _web_address(written[0], host)):
            return address
    return ""


def _web_address(text: str, host: str) -> str:
    """Return a text that is an address of another host, or a longer one of this host; else nothing."""
    if not links.is_web_address(text):
        return ""
    other = links.host(text)
    return (
        text if other and "." in other and (other != host.removeprefix("www.") or len(text) > len(other) + 12) else ""
    )
