"""A policy-news monitor: polls feeds, extracts articles, matches topic rules, explains hits, delivers once."""

__version__ = "0.1.0"
