"""One page a file: a request and the desk -> an answer. Each is called on a thread where it may wait for the store."""
