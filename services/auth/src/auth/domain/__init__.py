"""The rules of accounts and of OAuth grants: no input or output, no HTTP, no SQL.

Read `user.py` and `rights.py` for who somebody is and may do, then `authorization.py` and
`refresh_family.py` for how a signed-in browser becomes a client with tokens.
"""
