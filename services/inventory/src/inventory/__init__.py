"""Inventory: how many units of each SKU there are, and for whom.

- `domain/`       stock in three buckets, reservations, adjustments; the rules and their errors
- `application/`  one use case a file: reserve, release, commit, expire, adjust, open, and reads
- `adapters/`     PostgreSQL: repositories, unit of work, queries, and the events' form
- `consumers/`    the saga's commands and the catalogue's events
- `api/`          what the warehouse calls
- `bootstrap.py`  puts them together; `main.py` runs them
"""
