"""Checks that a user asks for and that store nothing: doctor, channel test, feed discovery, extraction of one page."""
