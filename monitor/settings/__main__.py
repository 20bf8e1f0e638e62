"""`python -m monitor.settings FOLDER` writes the JSON Schemas of the configuration files into FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from monitor.settings.schema import write

if __name__ == "__main__":
    for path in write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schema")):
        sys.stdout.write(f"{path}\n")
