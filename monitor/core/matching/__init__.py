"""The engine: terms and operators below, a compiled set of rules above, and what shows why a rule matched."""
