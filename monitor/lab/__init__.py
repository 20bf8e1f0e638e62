"""The rule lab: rules against the archive. Why did this match, why was that missed, what would this edit change."""

from monitor.lab.laboratory import Lab

__all__ = ["Lab"]
