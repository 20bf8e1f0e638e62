"""Runs one job of the daemon or a worker within its time limit, so that its failure reaches no other job."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from structlog.typing import FilteringBoundLogger

from monitor.core.errors import MonitorError
from monitor.core.jobs import Job


async def run_job(
    job: Job, action: Awaitable[object], record: Callable[[], Awaitable[None]], name: str, log: FilteringBoundLogger
) -> None:
    """Run a job within its time limit and `record` its success; a failure is logged under `name`."""
    try:
        async with asyncio.timeout(job.limit.total_seconds()):
            await action
        await record()
    except TimeoutError:
        log.error("job took too long", job=name, limit_s=job.limit.total_seconds())  # noqa: TRY400 - the traceback says nothing
    except MonitorError as error:
        log.error("job failed", job=name, reason=str(error))  # noqa: TRY400 - an expected error with a clear message
    except Exception:
        log.exception("job failed", job=name)
