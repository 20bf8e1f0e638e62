"""Use-case 4: which configuration is in force.

The files on disk are, if they validate as a whole. Otherwise the last good configuration is, which the database keeps
across restarts. Of files that validate, the edit of a live rule whose own tests fail is left out. The daemon
records what it has decided, and where none runs `monitor poll` does; commands that only read follow it.
"""

from monitor.configuration.deciding import Run, as_decided, decide, record_accepted
from monitor.configuration.last_good import load_for_display, load_in_force
from monitor.configuration.reading_process import read_edit_in_process, read_in_process, read_in_process_or_here
from monitor.configuration.removals import check_removal, find_removal

__all__ = [
    "Run",
    "as_decided",
    "check_removal",
    "decide",
    "find_removal",
    "load_for_display",
    "load_in_force",
    "read_edit_in_process",
    "read_in_process",
    "read_in_process_or_here",
    "record_accepted",
]
