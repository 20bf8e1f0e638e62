"""Use-case: rules against the archive (`rules why`, `why-not`, `backtest`, `backfill`)."""

from monitor.lab.rule_lab import RuleLab

__all__ = ["RuleLab"]
