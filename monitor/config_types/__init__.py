"""Types of configuration values, which the configuration of channels and the other files are made of.

Each type parses what a file holds, refuses the rest with a code and a sentence, and knows its JSON Schema. This package
knows no key of any file: `channels` and `settings` define models with these types.
"""
