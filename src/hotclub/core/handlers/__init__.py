"""From an interface's request to the response: WSGI and ASGI over one chain of middleware."""
