"""The edge: the one way into the shop.

A map, in the order in which a request meets the parts:

- `main`, `bootstrap`, `settings`: the process, and how it is put together.
- `server/`: uvicorn's protocol class for clients' connections, with an edge's limits.
- `edge/`: the way of one request. `application` tells pages from the rest, `forwarder` is the way
  itself, and the other files are its steps.
- `identity/`, `limits/`: who asks, and how often.
- `upstream/`: connections to the services' replicas.
- `openapi/`, `pages/`: the merged document, the documentation page, the problem types.
- `testing`: a scripted service and a running gateway, for the tests.
"""
