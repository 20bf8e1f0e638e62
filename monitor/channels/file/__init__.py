"""Messages as files in a folder."""
