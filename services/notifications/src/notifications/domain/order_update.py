"""What the owner of an order sees of it while it happens: where it stands, and each step.

A step's version is that of the order, counted without a gap; so a page that was away for a while
knows what it missed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrderState:
    """Where an order stands; `customer_id` is None for a guest's."""

    order_id: UUID
    version: int
    status: str | None
    customer_id: UUID | None


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """One step; `status` is None where it does not change it."""

    order_id: UUID
    version: int
    event_type: str
    status: str | None
    at: datetime
    details: Mapping[str, Any]
