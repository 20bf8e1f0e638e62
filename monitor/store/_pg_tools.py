"""Runs PostgreSQL's own programs `pg_dump` and `pg_restore` on a database.

The connection is passed in the environment, so that no password is visible in a list of processes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from monitor.core.errors import DatabaseError

_LEFT_OUT = frozenset({"options", "dbname", "sslpassword"})
"""Connection parameters that are passed in another way, or set by the programs themselves."""


def dump(conninfo: str, file: IO[bytes]) -> None:
    """Write a dump of the database in pg_dump's custom format; DatabaseError if it fails."""
    with _run("pg_dump", ["--format=custom", "--no-password", _database(conninfo)], _environment(conninfo)) as output:
        shutil.copyfileobj(output, file)  # through a pipe: pg_dump ends with this process


def verify(file: Path) -> None:
    """Read a whole dump, which fails where data is missing; DatabaseError says how."""
    with _run("pg_restore", [f"--file={os.devnull}", str(file)]):
        pass


def tables(file: Path) -> list[str]:
    """Return the names of the tables in a dump; DatabaseError if it is not one."""
    with _run("pg_restore", ["--list", str(file)]) as output:
        lines = output.read().decode("utf-8", "replace").splitlines()
    return [words[5] for line in lines if len(words := line.split()) > 5 and words[3:5] == ["TABLE", "public"]]


def revision(file: Path) -> str:
    """Return the schema revision of a dump; empty if it has none."""
    wanted = ["--data-only", "--table=alembic_version", "--file=-", str(file)]
    with _run("pg_restore", wanted) as output:
        lines = output.read().decode("utf-8", "replace").splitlines()
    start = next((index for index, line in enumerate(lines) if line.startswith("COPY ")), None)
    return "" if start is None else lines[start + 1].strip()


def restore(conninfo: str, file: Path) -> None:
    """Restore a dump into an empty database, all of it or nothing; DatabaseError if it fails."""
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--no-password"]
    with _run("pg_restore", [*options, _database(conninfo), str(file)], _environment(conninfo)):
        pass


@contextmanager
def _run(program: str, arguments: list[str], environment: Mapping[str, str] | None = None) -> Iterator[IO[bytes]]:
    """Run a program and yield its output; DatabaseError with its last message if it fails."""
    executable = shutil.which(program)
    if executable is None:
        raise DatabaseError(
            f"{program} is not on the PATH: install PostgreSQL's client programs, of the server's version or newer "
            "(Debian and Ubuntu: apt install postgresql-client)"
        )
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(  # noqa: S603 - a fixed program and fixed arguments
            [executable, *arguments],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=messages,
        )
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        finally:
            process.stdout.close()
            status = process.wait()
        if status:
            messages.seek(0)
            raise DatabaseError(f"{program} failed: {_message(messages.read()) or f'exit code {status}'}")


def _message(output: bytes) -> str:
    """Return the first error of a program, with its detail, in one line."""
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    first = next((index for index, line in enumerate(lines) if "error:" in line), 0)
    return "; ".join(line.partition("error: ")[2] or line for line in lines[first : first + 2])


def _environment(conninfo: str) -> dict[str, str]:
    """Return libpq's environment variables for a connection."""
    params = _parameters(conninfo)
    return {variable: params[key] for key, variable in _variables().items() if key in params and key not in _LEFT_OUT}


def _database(conninfo: str) -> str:
    """Return the option that names the database, with the parameters that have no environment variable."""
    from psycopg.conninfo import make_conninfo

    params, variables = _parameters(conninfo), _variables()
    further = {name: value for name, value in params.items() if name not in variables and name not in _LEFT_OUT}
    return f"--dbname={make_conninfo(dbname=params.get('dbname', ''), **further)}"


def _parameters(conninfo: str) -> dict[str, str]:
    from psycopg.conninfo import conninfo_to_dict

    return {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if value is not None}


def _variables() -> dict[str, str]:
    """Return the environment variable of each parameter that has one."""
    from psycopg.pq import Conninfo

    return {each.keyword.decode(): each.envvar.decode() for each in Conninfo.get_defaults() if each.envvar}
