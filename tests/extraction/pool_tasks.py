"""What the workers of the tests do. Imports little, since each new worker imports it again."""

import os
import time
from pathlib import Path


def meet(folder: Path) -> int:
    """Be at work until another process is."""
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.01)
    return os.getpid()


def allocate(size: int) -> int:
    return os.getpid() if bytearray(size) else 0


def spin() -> None:
    while True:
        pass


def limit() -> int:
    import resource

    return resource.getrlimit(resource.RLIMIT_CPU)[0]


def tell_and_hang(file: Path) -> None:
    file.with_suffix(".part").write_text(str(os.getpid()))
    file.with_suffix(".part").rename(file)
    time.sleep(60)
