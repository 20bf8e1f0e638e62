"""`monitor demo`: sample news on loopback, through the real pipeline, in under a minute."""
