"""Messages by HTTP POST to an address of the user."""
