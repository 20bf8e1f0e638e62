"""Checks that a user runs by command and that store nothing: doctor, channel test, feed discovery, page extraction."""
