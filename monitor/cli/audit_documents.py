"""Runs `monitor audit` on the documents of a file: ranks them, or reads them for a simulation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.audit_archive import NOTHING_TO_RANK
from monitor.cli.json_lines import JsonLines
from monitor.cli.listings import wants_json
from monitor.cli.output import dumps, note, progress
from monitor.cli.rule_files import rule_book
from monitor.core.counts import count
from monitor.core.errors import UsageError

if TYPE_CHECKING:
    from monitor.audit.simulation import Simulation
    from monitor.cli.audit_lines import DocumentReader
    from monitor.cli.session import Session
    from monitor.core.audit.corpus import AuditDocument
    from monitor.core.matching.matcher import Matcher


def rank_documents(
    source: str, reader: DocumentReader, seed: int, limit: int | None, *, assume_hits_relevant: bool
) -> bool:
    """Print the ranked documents; returns False if nothing could be ranked, or a line not be read."""
    from monitor.audit import ranker

    documents, bad = read_documents(source, reader)
    try:
        with progress("ranking", None) as report:
            ranked = ranker.rank(
                documents,
                reader.texts,
                seed,
                rules=reader.rules,
                assume_hits_relevant=assume_hits_relevant,
                progress=report,
            )
    except ranker.TooFewExamplesError as error:
        note(str(error))
        return False
    if not ranked:
        note(NOTHING_TO_RANK)
    for each in ranked[:limit]:
        click.echo(dumps({"id": reader.ids[each.id], "score": each.score, "terms": list(each.terms)}))
    return not bad


def read_documents(source: str, reader: DocumentReader) -> tuple[list[AuditDocument], int]:
    """Read and match the documents of a file; returns also the number of lines that could not be read."""
    file = JsonLines(source)
    documents = []
    with progress("matching", None) as report:
        for document in file.parse_lines(reader):
            documents.append(document)
            report(len(documents), None)
    return documents, file.bad


def load_matcher(session: Session, folder: Path | None, topic: str) -> Matcher:
    """Return the matcher of the rules, or of those of a topic; UsageError if no rule has that topic."""
    from monitor.core.matching.matcher import Matcher
    from monitor.runtime.garbage_collection import collection_paused

    rules = rule_book(session, folder).rules
    if topic and topic not in {rule.topic for rule in rules}:
        raise UsageError(f"no rule has the topic '{topic}'; there are {', '.join(sorted({r.topic for r in rules}))}")
    with collection_paused():
        matcher = Matcher([rule for rule in rules if not topic or rule.topic == topic])
    if not matcher.rules:
        note("no rule is run: give one `status: test` or `live`")
    return matcher


def print_simulation(result: Simulation) -> None:
    """Print the result of a simulation, as text or JSON."""
    figures: dict[str, Any] = {name: getattr(result, name) for name in result.__slots__}
    if wants_json():
        click.echo(dumps(figures, indent=2))
        return
    click.echo(
        f"{count(result.documents, 'document')}, {result.relevant} relevant, {count(result.hits, 'hit')}; "
        f"{count(result.runs, 'run')} of {count(result.labels, 'judgement')}"
    )
    click.echo(f"true recall    {result.true_recall:.3f}")
    click.echo(f"mean estimate  {result.mean_estimate:.3f}")
    click.echo(f"coverage       {result.coverage:.3f}  (share of the intervals that hold the true recall)")
    click.echo(f"mean width     {result.mean_width:.3f}")
