"""Polls a feed and sends a digest with one spare file descriptor, then two, and so on, until both succeed.

It is a program of its own, since the limit applies to a whole process: `starved.py CONFIG`. Prints a line of JSON for
each attempt. Without any descriptor Python could not even import what reports the failure.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import traceback

from monitor import cli

MOST = 120


def main(config: str) -> None:
    """Try with one descriptor more each time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for spare in range(1, MOST):
        used = len(os.listdir("/dev/fd")) - 1  # noqa: PTH208 - only their number is wanted
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + spare, hard))
        codes, said = [], io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            for words in (["poll", "--all"], ["digest", "send", "brief"]):
                try:
                    codes.append(cli.run(["--config", config, *words]))
                except BaseException:  # noqa: BLE001 - reported to the test
                    codes.append(-1)
                    traceback.print_exc()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        print(json.dumps({"spare": spare, "used": used, "codes": codes, "said": said.getvalue()}), flush=True)
        if codes == [0, 0]:
            return


if __name__ == "__main__":
    main(sys.argv[1])
