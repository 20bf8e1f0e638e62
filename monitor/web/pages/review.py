"""The page Review: one article at a time, to be judged with a key or a button; and its undo."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.core.audit.corpus import MIN_HITS_TO_RANK
from monitor.core.audit.report import judgements_needed
from monitor.core.matching.passages import Passage, mark_spans, merge_spans
from monitor.core.model import Judgement, SampledArticle, StoredArticle
from monitor.core.text import clean, is_cjk
from monitor.web.context import WebContext
from monitor.web.pages.articles import article_or_404
from monitor.web.params import RequestError, parse_id
from monitor.web.responses import render_page

VERDICTS = ("relevant", "irrelevant", "skip", "withdraw")
ARTICLES_PER_SITTING = 20
"""Articles of one sitting, which takes about three minutes."""
MAX_REVIEW_TEXT_CHARS = 6_000
"""Characters of a text that is shown; the whole is one link away."""
MAX_MARKS = 200
"""Terms that are marked in the text of an article."""
_MAX_COUNTED = 1_000


def review(request: Request, context: WebContext) -> Response:
    """Show the article to judge next, or the one that the address names."""
    auditor, store = context.app.auditor(), context.store
    wanted = request.query_params.get("article", "")
    drawn, stored = _requested_article(wanted, context) if wanted else next(iter(auditor.queue(1)), (None, None))
    report = auditor.report(context.clock())
    judgement = store.judgement(stored.id) if stored else None
    terms = _terms(drawn, stored, context) if stored else []
    return render_page(
        request,
        context,
        "review.html",
        stored=stored,
        source=context.feed_titles().get(stored.feed_id, stored.feed_id) if stored else "",
        title=_mark_terms(stored.article.title, terms) if stored else (),
        paragraphs=_paragraphs(stored, terms) if stored else [],
        is_cut=bool(stored and len(stored.article.text) > MAX_REVIEW_TEXT_CHARS),
        chosen=bool(wanted) and "again" not in request.query_params,
        judgement=judgement,
        verdict=_verdict(judgement),
        is_off=not auditor.weekly,
        waiting=len(store.audit_queue(_MAX_COUNTED)),
        sitting=ARTICLES_PER_SITTING,
        report=report,
        needed=judgements_needed(report.estimate),
        topics=_topics(context),
        undo=_undo(request, context),
        ranking=store.audit_ranking(),
        min_hits=MIN_HITS_TO_RANK,
        audited=auditor.window,
    )


def judge(request: Request, context: WebContext) -> Response:
    """Store a verdict, and redirect to the next article, where it can be taken back.

    If somebody else has judged otherwise since the page was shown, nothing is stored, and the page says so.
    """
    article_id, form = parse_id(request.path_params["article"]), request.state.form
    verdict = form.get("verdict", "")
    if verdict not in VERDICTS:
        raise RequestError(400, f"Invalid verdict: {verdict[:20]!r} is not one of {', '.join(VERDICTS)}")
    chosen = form.get("chosen", "")
    if chosen not in {"", "1"}:
        raise RequestError(400, f"Invalid chosen: {chosen[:20]!r} is neither empty nor 1")
    article_or_404(article_id, context)
    if verdict == "withdraw":
        context.store.withdraw_judgement(article_id)
        return RedirectResponse(f"/review?article={article_id}&again=1", 303)
    if verdict == "skip":
        context.store.postpone_sampled(article_id)
        return RedirectResponse("/review", 303)
    if _verdict(context.store.judgement(article_id)) not in {"", verdict, form.get("seen", "")}:
        return RedirectResponse(f"/review?article={article_id}{'' if chosen else '&again=1'}", 303)
    topic = form.get("topic", "") if verdict == "relevant" else ""
    shown_before = form.get("seen", "") == verdict
    context.app.auditor().judge(
        article_id,
        context.clock(),
        relevant=verdict == "relevant",
        topic=topic if topic or shown_before else None,
        note=form.get("note", "")[:1_000],
        chosen=chosen == "1",
    )
    return RedirectResponse(f"/review?done={article_id}", 303)


def _requested_article(article_id: str, context: WebContext) -> tuple[SampledArticle | None, StoredArticle]:
    stored = article_or_404(parse_id(article_id), context)
    sampled = context.store.sampled_article(stored.id)
    return (sampled[0] if sampled else None), stored


def _topics(context: WebContext) -> dict[str, str]:
    """Return the titles of the topics that a judgement can name: those of some rule."""
    used = {rule.topic for rule in context.rules_by_id().values()}
    return {topic: title for topic, title in context.topic_titles().items() if topic in used}


def _undo(request: Request, context: WebContext) -> StoredArticle | None:
    """Return the article that was judged last, if the request says which; None if that was taken back."""
    done = request.query_params.get("done", "")
    return context.store.article(parse_id(done)) if done and context.store.judgement(parse_id(done)) else None


def _verdict(judgement: Judgement | None) -> str:
    """Return the verdict of a judgement as the form has it; empty without one."""
    return "" if judgement is None else "relevant" if judgement.relevant else "irrelevant"


def _terms(drawn: SampledArticle | None, stored: StoredArticle, context: WebContext) -> list[str]:
    """Return the characteristic terms of an article: those of the ranker, or the terms of the rules that hit it."""
    hits = context.store.hits_of_entry(stored.id)
    return [*(drawn.terms if drawn else ()), *(piece.as_written for hit in hits for piece in hit.evidence)]


def _paragraphs(stored: StoredArticle, terms: Sequence[str]) -> list[Passage]:
    shown = stored.article.text[:MAX_REVIEW_TEXT_CHARS]
    return [_mark_terms(each, terms) for each in shown.split("\n\n") if each.strip()]


def _mark_terms(text: str, terms: Iterable[str]) -> Passage:
    """Mark terms, whatever is between their words, but not a part of a longer word."""
    cleaned = clean(text)
    patterns = [_pattern(term.split()) for term in dict.fromkeys(terms) if term.strip()]
    if not patterns:
        return mark_spans(cleaned, [], len(cleaned))
    matches = re.finditer("|".join(patterns), cleaned, re.IGNORECASE)
    spans = [match.span() for match in islice(matches, MAX_MARKS)]
    return mark_spans(cleaned, merge_spans(cleaned, spans), len(cleaned))


def _pattern(words: list[str]) -> str:
    before = "" if is_cjk(words[0][0]) else r"(?<!\w)"
    after = "" if is_cjk(words[-1][-1]) else r"(?!\w)"
    joined = r"\W+".join(map(re.escape, words))
    return f"{before}{joined}{after}"
