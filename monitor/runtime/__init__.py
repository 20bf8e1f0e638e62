"""Facilities of the process that every layer may use: the log, threads, file descriptors, clocks."""
