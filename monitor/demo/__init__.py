"""`monitor demo`: sample news on loopback, through the real pipeline, in under a minute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import settings
from monitor.app import App, open_app, utc_now
from monitor.core.progress import Progress, no_progress
from monitor.demo import folder
from monitor.demo.folder import record_earlier_polls
from monitor.demo.news import outlets, unreadable
from monitor.demo.outlet_servers import serve_outlets
from monitor.demo.output import DemoOutput
from monitor.pipeline import Pipeline, open_pipeline

if TYPE_CHECKING:
    from rich.console import Console

ProgressBar = Callable[[str, int | None], AbstractContextManager[Progress]]


def show(console: Console, progress: ProgressBar, keep: Path | None) -> bool:
    """Run the demo; return False if it found nothing, which would be a fault of the installation."""
    output = DemoOutput(console)
    output.print_welcome(outlets())
    return asyncio.run(_run(output, progress, folder.prepare(keep), kept=keep is not None))


async def _run(output: DemoOutput, progress: ProgressBar, where: Path, *, kept: bool) -> bool:
    async with serve_outlets(outlets(), utc_now()) as servers:
        config = folder.write(where, outlets(), servers.feeds)
        with open_app(settings.load(config, {}), migrate=True) as app:
            readable = [feed.id for feed in app.settings.feeds if feed.id not in unreadable()]
            record_earlier_polls(app.store, readable, app.clock() - timedelta(days=1))
            async with open_pipeline(app) as pipeline:
                totals = await _poll(output, progress, app, pipeline)
                app.auditor().train(app.clock(), no_progress, sample=True)
                await _digest(output, pipeline)
    output.print_next_steps(_newest(where / "outbox", ".html"), config, kept=kept)
    return totals


async def _poll(output: DemoOutput, progress: ProgressBar, app: App, pipeline: Pipeline) -> bool:
    with progress("polling the sample news", None) as report:
        first = await pipeline.poll_now(None, due=False, progress=report)
    output.print_polls(outlets(), first.polls, first.seconds)
    hits = app.store.hits()
    output.print_hits(hits, first.counts()["articles"])
    again = (await pipeline.poll_now(None, due=False)).counts()
    output.print_second_poll(again["unchanged"], again["polled"], again["entries_new"])
    return bool(hits)


async def _digest(output: DemoOutput, pipeline: Pipeline) -> None:
    preview = pipeline.deliverer.preview(folder.DIGEST)
    (run,), deliveries = await pipeline.send_digests([folder.DIGEST])
    output.print_digest(preview, deliveries[0].delivery.subject if deliveries else "")
    (again,), _ = await pipeline.send_digests([folder.DIGEST])
    output.print_second_digest(again=again is not None or run is None)


def _newest(outbox: Path, suffix: str) -> Path | None:
    return max(outbox.glob(f"*{suffix}"), key=lambda file: file.stat().st_mtime, default=None)
