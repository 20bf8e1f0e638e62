"""Configuration folder and environment as frozen Settings, or one error with all problems.

`load` reads a folder, `load_stored` the configuration in the database, `load_if_unchanged` a folder unless it differs
from the stored one. `fingerprint` changes with any edit of a folder. `add_feed` and `add_feeds` write into feeds.yaml.
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
