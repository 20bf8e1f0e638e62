"""`python -m monitor`, and the `monitor` command."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and end the process with its exit code, whatever its threads do."""
    from monitor.cli import run
    from monitor.daemon.stopping import exit_process

    exit_process(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
