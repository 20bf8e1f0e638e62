"""The tables as SQLAlchemy Core sees them: read and written in bulk, never row by row through the ORM."""

from __future__ import annotations

from monitor.store import _configuration_tables, _incoming_tables, _outgoing_tables  # noqa: F401 - declaring a class enters it in the catalogue
from monitor.store._catalogue import CATALOGUE

metadata = CATALOGUE
_tables = metadata.tables
feed_states = _tables["feed_states"]
polls = _tables["polls"]
daily_usage = _tables["daily_usage"]
entries = _tables["entries"]
aliases = _tables["aliases"]
stories = _tables["stories"]
articles = _tables["articles"]
paragraphs = _tables["paragraphs"]
fingerprints = _tables["fingerprints"]
shingles = _tables["shingles"]
title_words = _tables["title_words"]
hits = _tables["hits"]
digest_runs = _tables["digest_runs"]
claims = _tables["claims"]
labels = _tables["labels"]
rule_states = _tables["rule_states"]
messages = _tables["messages"]
deliveries = _tables["deliveries"]
channel_states = _tables["channel_states"]
backups = _tables["backups"]
operator_conditions = _tables["operator_conditions"]
heartbeats = _tables["heartbeats"]
