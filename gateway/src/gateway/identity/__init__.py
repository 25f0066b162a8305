"""Who sends a request: the first check of its access token, remembered while the token is good.

Services verify every token themselves; this check keeps obvious refuse away from them and tells
the rate limiter whom to count. Used by the forwarder.
"""
