"""The root of everything that this service refuses, and what it hands to the problem document.

The other modules of this package hold the errors themselves.
"""

from typing import Any


class OrdersError(Exception):
    """The base of all of them. `extras` are JSON-ready members for the problem document."""

    def __init__(self, detail: str, **extras: Any) -> None:
        super().__init__(detail)
        self.extras = extras
