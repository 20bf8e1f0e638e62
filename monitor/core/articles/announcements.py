# ruff: noqa: RUF001, E501 - letters of many scripts; a language is a line
"""The words with which pages announce other articles, comments and authors, in the languages of news.

`READ_ALSO` also begins a line between two paragraphs (`Read also: Ferry line closes`); `HEADINGS` are headings below the
article only. Both are alternatives of a regular expression, the longest first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_READ_ALSO = {
    "en": "read more; read also; also read; read next; read on; see more; see also; more on this; related; related article; related articles; related story; related stories; related news; don't miss; don’t miss; recommended; watch; must read",
    "fr": "lire aussi; lire également; lire plus; à lire; à lire aussi; à lire également; voir aussi; a lire; a lire aussi; a lire également",
    "de": "lesen sie auch; lesen sie mehr; lesen sie dazu; mehr zum thema; mehr dazu; mehr lesen; siehe auch; auch interessant; lesetipp",
    "es": "lea también; lee también; lee tambien; leé también; leer también; también lee; lea además; ver también; vea también; te puede interesar; le puede interesar; te recomendamos",
    "pt": "leia também; leia tambem; leia mais; veja também; veja mais; saiba mais; confira também",
    "it": "leggi anche; leggi di più; vedi anche; da leggere",
    "nl": "lees ook; lees meer; lees verder; bekijk ook",
    "sv": "läs också; läs även; läs mer",
    "da, nb": "læs også; læs mere; les også; les mer",
    "fi": "lue myös; lue lisää",
    "et": "loe ka; loe lisaks; loe veel",
    "lv": "lasi arī; lasi vēl; lasiet arī",
    "lt": "skaitykite taip pat; taip pat skaitykite; skaitykite daugiau",
    "pl": "czytaj też; czytaj także; czytaj również; czytaj więcej; zobacz też; zobacz także; przeczytaj też; przeczytaj także",
    "cs, sk": "čtěte také; čtěte též; čtěte více; přečtěte si; přečtěte si také; čítajte aj; čítajte tiež; prečítajte si aj",
    "sl": "preberite tudi; preberite še; berite tudi",
    "hr, bs, sr": "pročitajte i; pročitajte još; pročitaj i; pročitaj još; čitajte još; čitaj još; pogledajte i; прочитајте и; прочитајте још; читајте још",
    "hu": "olvassa el ezt is; olvasd el ezt is; ezt is olvassa el; kapcsolódó; kapcsolódó cikk; kapcsolódó cikkek",
    "ro": "citește și; citeşte şi; citiți și; vezi și; vezi şi; citește mai mult",
    "sq": "lexo edhe; lexoni edhe",
    "bg, mk": "прочетете още; прочетете и; вижте още; чети още; още по темата; прочитајте и",
    "ru": "читайте также; читайте ещё; читайте еще; читать также; смотрите также; по теме; материалы по теме",
    "uk, be": "читайте також; читайте ще; дивіться також; за темою; чытайце таксама",
    "el": "διαβάστε επίσης; διαβάστε ακόμα; διαβάστε ακόμη; δείτε επίσης; δείτε ακόμα",
    "tr, az": "ilgili haber; ilgili haberler; ayrıca okuyun; həmçinin oxuyun",
    "id, ms": "baca juga; baca lagi; baca selengkapnya; simak juga; lihat juga",
    "fil": "basahin; basahin din; basahin rin",
    "sw": "soma pia; soma zaidi",
    "vi": "xem thêm; đọc thêm; tin liên quan; có thể bạn quan tâm; mời bạn đọc",
    "th": "อ่านเพิ่มเติม; อ่านข่าวเพิ่มเติม; ข่าวที่เกี่ยวข้อง",
    "ar": "اقرأ أيضا; اقرأ أيضًا; اقرأ أيضاً; إقرأ أيضا; اقرأ المزيد; قراءة المزيد; مواضيع ذات صلة; شاهد أيضا; شاهد أيضًا",
    "fa, ur": "بیشتر بخوانید; همچنین بخوانید; مطالب مرتبط; مزید پڑھیں; یہ بھی پڑھیں",
    "he": "קראו גם; קרא גם; עוד בנושא; כתבות נוספות",
    "hi, mr, bn, ta": "यह भी पढ़ें; ये भी पढ़ें; इसे भी पढ़ें; और पढ़ें; हेही वाचा; আরও পড়ুন; আরো পড়ুন; மேலும் படிக்க",
    "zh": "延伸阅读; 延伸閱讀; 相关阅读; 相關閱讀; 相关新闻; 相關新聞; 推荐阅读; 推薦閱讀; 更多阅读; 更多閱讀",
    "ja": "関連記事; 関連ニュース; あわせて読みたい; 合わせて読みたい",
    "ko": "관련기사; 관련 기사; 더 읽기",
}
_HEADINGS = {
    "de": "weitere artikel; weitere beiträge; weitere meldungen; weitere nachrichten; ähnliche artikel; ähnliche beiträge; ähnliche themen; verwandte artikel; verwandte beiträge; verwandte themen; das könnte sie auch interessieren; das könnte dich auch interessieren; über den autor; über die autorin; über die autoren; kommentar; kommentare",
    "fr": "articles similaires; articles liés; articles associés; articles récents; sur le même sujet; sur le même thème; dans la même rubrique; à propos de l'auteur; à propos de l’auteur; commentaire; commentaires",
    "es": "artículos relacionados; noticias relacionadas; notas relacionadas; contenido relacionado; contenidos relacionados; más noticias; comentarios; sobre el autor; sobre la autora",
    "pt": "notícias relacionadas; artigos relacionados; matérias relacionadas; mais notícias; comentários; sobre o autor; sobre a autora",
    "it": "articoli correlati; notizie correlate; potrebbe interessarti; potrebbe interessarti anche; potrebbero interessarti; commenti",
    "nl": "gerelateerd; gerelateerde artikelen; gerelateerd nieuws; reacties",
    "sv, da, nb": "relaterade artiklar; relaterede artikler; relaterte artikler; kommentarer",
    "fi": "aiheesta muualla; kommentit",
    "pl": "powiązane; powiązane artykuły; powiązane tematy; powiązane treści; komentarze",
    "cs, sk": "související; související články; súvisiace články; komentáře; komentáre",
    "hr, bs, sr": "povezane vijesti; povezane vesti; povezani članci; komentari; повезане вести; коментари",
    "hu": "hozzászólások",
    "ro": "articole similare; articole recomandate; comentarii",
    "bg, mk": "подобни статии; свързани статии; коментари",
    "ru, uk": "похожие статьи; похожие материалы; похожие новости; новости по теме; комментарии; схожі новини; коментарі",
    "el": "σχετικά άρθρα; σχόλια",
    "tr": "ilgili yazılar; i̇lgili haberler; i̇lgili yazılar; yorumlar",
    "id, ms": "berita terkait; artikel terkait; komentar",
    "vi": "bài viết liên quan; tin cùng chuyên mục; bình luận",
    "th": "บทความที่เกี่ยวข้อง; ความคิดเห็น",
    "ar, fa": "أخبار ذات صلة; مقالات ذات صلة; التعليقات; نظرات",
    "he": "תגובות",
    "hi": "संबंधित खबरें; टिप्पणियां",
    "zh": "相关文章; 相關文章; 相关报道; 相關報導; 相關報道; 相关链接; 相關鏈接; 热门文章; 热门新闻; 热门推荐",
    "ja": "関連リンク; おすすめ; おすすめ記事; コメント",
    "ko": "추천 기사; 댓글",
}


def _alternatives(phrases: Mapping[str, str]) -> str:
    each = {phrase.strip() for line in phrases.values() for phrase in line.split(";")}
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in sorted(each, key=len, reverse=True))


READ_ALSO, HEADINGS = _alternatives(_READ_ALSO), _alternatives(_HEADINGS)
_LINE = re.compile(rf"[\W_]*(?:{READ_ALSO})\s*[:：|»>–-]\s*\S", re.IGNORECASE)
_LINK = re.compile(rf"[\W_]*(?:{READ_ALSO})(?!\w)", re.IGNORECASE)
_MAX_ANNOUNCEMENT_CHARS = 200
"""A longer line announces no other article."""


def announces_article(line: str) -> bool:
    """Return True for a line that consists of such words, a colon or the like, and the title of another article."""
    return len(line) <= _MAX_ANNOUNCEMENT_CHARS and _LINE.match(line) is not None


def links_article(text: str) -> bool:
    """Return True for the text of a link that begins with such words, even without a colon."""
    return len(text) <= _MAX_ANNOUNCEMENT_CHARS and _LINK.match(text) is not None
