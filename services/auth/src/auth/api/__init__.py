"""The HTTP face of auth: accounts in JSON, OAuth as its RFCs have it, and the sign-in page."""
