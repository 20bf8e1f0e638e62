"""Digests: the stories found in a window of time, grouped by topic, with a report of which feeds were covered.

`digest` has the values, `composing` makes them from hits; other modules decide when one is due and what is cut.
"""
