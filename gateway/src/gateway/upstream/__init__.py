"""The client side of the gateway: its own small HTTP/1.1 pool towards the services.

A general HTTP client costs several times what the rest of a forwarded request costs, so this
package has just what a reverse proxy needs. `connection` speaks the protocol, `pool` keeps the
connections of one replica, `cluster` chooses a replica, and `edge/forwarder.py` is the caller.
"""
