"""The rule engine: terms and operators, a compiled rule set (`matcher`), and the evidence for a match."""
