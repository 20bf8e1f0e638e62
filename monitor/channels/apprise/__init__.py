"""The channel that sends through Apprise, a library for a hundred message services."""
