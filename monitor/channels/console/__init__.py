"""Messages on standard output."""
