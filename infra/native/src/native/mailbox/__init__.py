"""A mailbox for development: every mail of the shop lands here instead of at a customer.

One small process takes SMTP, keeps each mail as a file below the home, and shows them on a page
(`/`) and as JSON (`/api/messages?to=…`). `./souk up` starts `native.mailbox.main`; the tests read
the JSON.
"""
