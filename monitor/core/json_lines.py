"""Parses lines of JSON that people and other programs write, and says in a few words what is wrong with one."""

from __future__ import annotations

import json
from typing import Any


def parse_line(line: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Parse a line, with or without a byte order mark; ValueError says in words what is wrong with it."""
    try:
        return json.loads(line.decode("utf-8-sig").rstrip("\r\n"))  # its end would be column 1 of another line
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} (column {error.colno})") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte {error.start + 1} cannot be read") from None
    except RecursionError:
        raise ValueError("not JSON that can be read: nested too deep") from None
    except ValueError:  # of the limit of digits in Python
        raise ValueError("not JSON that can be read: a number has thousands of digits") from None
