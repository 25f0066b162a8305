"""The edge: routing, token check and rate limits."""
