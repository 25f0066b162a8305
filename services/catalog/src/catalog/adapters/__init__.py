"""What meets the world outside: MongoDB, Redis, Kafka and the data file.

Each module implements a port of `domain/ports.py` or `application/`; only `bootstrap.py` imports
from here.
"""
