"""How much the rules miss: strata of the unmatched articles, estimates of recall and precision, and edits of rules.

Reading articles, training and storing are left to `monitor.audit`.
"""
