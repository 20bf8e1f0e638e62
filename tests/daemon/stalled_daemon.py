"""A real daemon on the configuration folder in argv, one of whose jobs holds the event loop for good."""

import asyncio
import sys
import time
from pathlib import Path

from monitor import settings
from monitor.app import open_app
from monitor.core import jobs
from monitor.daemon.config_reload import ConfigWatcher
from monitor.daemon.roles import Role
from monitor.daemon.service import Daemon
from monitor.pipeline import open_pipeline
from monitor.runtime import logs


async def hold_the_loop() -> None:
    """Block without awaiting, as a bug would."""
    time.sleep(3600)  # noqa: ASYNC251 - the bug


async def main(folder: Path) -> None:
    """Run the daemon with a short limit."""
    loaded = settings.load(folder, {})
    with open_app(loaded, migrate=True) as app:
        async with open_pipeline(app) as pipeline:
            role = Role(actions={jobs.POLL: hold_the_loop})
            config = ConfigWatcher(load=lambda: app.settings, fingerprint=lambda: 0)
            await Daemon(app=app, pipeline=pipeline, config=config, role=role, stall_limit=2.0).run()


logs.configure(format_="json", level="info", secrets=set())
asyncio.run(main(Path(sys.argv[1])))
