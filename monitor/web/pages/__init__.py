"""Views, one module for each part of the site: request and context in, response out.

Views are synchronous and run in a thread pool, so that they may wait for the store.
"""
