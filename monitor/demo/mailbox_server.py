"""A mailbox on loopback with the letters of one newsletter: the few commands of IMAP that reading a folder needs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_RANGE = re.compile(r"(?:UID )?(\d+):(\d+|\*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message of the folder; its UID is its number, from 1."""

    raw: bytes
    received: datetime


@dataclass(frozen=True, slots=True)
class MailboxServer:
    """Any user with any password may read the one folder, and nothing can be changed in it."""

    letters: Sequence[Letter]
    """The oldest first."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the commands of one connection until it ends."""
        try:
            writer.write(b"* OK ready\r\n")
            while line := (await reader.readline()).decode("ascii", "replace").strip():
                tag, _, command = line.partition(" ")
                if command == "LOGOUT":
                    break
                writer.write(self._answer(command) + f"{tag} OK done\r\n".encode())
                await writer.drain()
        except (OSError, ValueError):
            pass  # the client disconnected or sent no IMAP
        finally:
            writer.close()

    def _answer(self, command: str) -> bytes:
        name, _, rest = command.removeprefix("UID ").partition(" ")
        match name:
            case "CAPABILITY":
                return b"* CAPABILITY IMAP4rev1\r\n"
            case "EXAMINE":
                following = len(self.letters) + 1
                return (
                    f"* {len(self.letters)} EXISTS\r\n* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT {following}]\r\n".encode()
                )
            case "SEARCH":
                return f"* SEARCH {' '.join(map(str, self._found(rest)))}\r\n".encode()
            case "FETCH":
                return self._message(int(rest.partition(" ")[0]))
        return b""

    def _found(self, criteria: str) -> range:
        """Return the UIDs in a range; all of them for other criteria, since what is known already costs nothing."""
        match = _RANGE.match(criteria)
        first, last = (match[1], match[2]) if match else ("1", "*")
        return range(int(first), (len(self.letters) if last == "*" else int(last)) + 1)

    def _message(self, uid: int) -> bytes:
        if not 1 <= uid <= len(self.letters):
            return b""
        letter = self.letters[uid - 1]
        date = letter.received.strftime("%d-%b-%Y %H:%M:%S +0000")
        head = f'* {uid} FETCH (UID {uid} RFC822.SIZE {len(letter.raw)} INTERNALDATE "{date}" BODY[]<0> '
        return head.encode() + f"{{{len(letter.raw)}}}\r\n".encode() + letter.raw + b")\r\n"
