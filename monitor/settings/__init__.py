"""Configuration folder and environment as frozen Settings, or one error with all problems.

`load` reads, `load_stored` reads what was stored, `load_if_unchanged` what is as it was stored, `fingerprint` shows
whether anything changed since, `add_feed` and `add_feeds` write into feeds.yaml.
"""

from monitor.settings.adding_feeds import (
    VariableReference,
    add_feed,
    add_feeds,
    new_id,
    parse_feed,
    refuse_known_address,
)
from monitor.settings.config_folder import fingerprint, folder_problem
from monitor.settings.loading import load, load_if_unchanged, load_stored
from monitor.settings.monitor_yaml import MonitorFile
from monitor.settings.settings import Settings
from monitor.settings.variables import NO_DATABASE
