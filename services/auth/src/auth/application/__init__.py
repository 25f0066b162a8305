"""What the service does, one use case a file; this folder's listing is the summary.

Use cases are plain functions of a command, a unit of work and ports. They know no HTTP and no
SQL; the token endpoint's four grants meet in `grant_token.py`.
"""
