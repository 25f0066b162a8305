"""The Postman collection in docs/postman/: every operation of the shop, in an order that runs.

`walk.py` says what comes when and as whom, `requests.py` makes an operation's request, `sign_in.py`
the login flow, `collection.py` the files, and `run.py` runs them with Newman.
"""
