"""Translates lines with installed packages of Argos Translate: `python -m monitor.translation.argos zh en`.

Argos Translate is no dependency of the program, and nothing is downloaded: the operator installs library and packages.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any


def main(source: str, target: str) -> int:
    """Translate standard input; exit code 1, with the reason on standard error, if that is not possible."""
    try:
        with redirect_stdout(sys.stderr):  # the libraries below print warnings
            lines = list(translated(source, target, sys.stdin))
    except (ImportError, LookupError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def translated(source: str, target: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield a translation of each line; raises LookupError if no package for these languages is installed."""
    library: Any = import_module("argostranslate.translate")
    languages = {language.code: language for language in library.get_installed_languages()}
    translation = languages[source].get_translation(languages[target]) if {source, target} <= languages.keys() else None
    if translation is None:
        raise LookupError(f"no package of Argos Translate from {source} to {target} is installed")
    for line in lines:
        yield " ".join(str(translation.translate(line.rstrip("\n"))).split())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
