"""A name server that never answers for one name; programs that tests start import this from their path."""

import os
import socket
import time

_getaddrinfo = socket.getaddrinfo


def getaddrinfo(host, *args, **more):
    """Look a name up; never return for `hangs.example`, and leave a file that says so."""
    if host == "hangs.example":
        with open(os.environ["HANGS"], "w"):  # noqa: PTH123 - nothing more is to be imported into every program
            pass
        time.sleep(3600)
    return _getaddrinfo(host, *args, **more)


socket.getaddrinfo = getaddrinfo
