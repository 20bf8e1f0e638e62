"""Use-case: rules against the archive (`rules why`, `why-not`, `backtest`, `backfill`)."""

from monitor.lab.named_texts import is_file
from monitor.lab.rule_lab import RuleLab, why_not_in_file

__all__ = ["RuleLab", "is_file", "why_not_in_file"]
