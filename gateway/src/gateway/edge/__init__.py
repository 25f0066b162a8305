"""The hot path: what happens to a request between the client's socket and a service's.

`application.py` is the ASGI application, `forwarder.py` the way of one request, top to bottom; the
other modules are its steps, a file each.
"""
