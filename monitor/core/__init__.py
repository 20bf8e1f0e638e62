"""The pure core: bytes in, decisions out. No I/O, no clock, no randomness, no logging, no SQL."""
