"""Messages over Apprise, a library for a hundred services."""
