"""The rule lab: back-tests, explanations of hits and misses, and scores against labelled documents."""
