"""The rules of payments: pure Python, without IO and without a framework.

`application` calls it; `adapters` implement its ports.
"""
