"""The read models of the shop that lie in PostgreSQL: their tables, and what fills them.

`rebuild` makes each of them anew. To add one, name its service, its topics, a statement for each
of its tables (key and whole row as text) and the handlers with their unit of work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.delivery import Handler

Filling = tuple[Mapping[str, Handler[Any]], Callable[[], Any]]
# Only makes up Message-IDs of mails that nobody sends.
_MAIL_DOMAIN = "verify.invalid"


@dataclass(frozen=True, slots=True)
class Model:
    """What one consumer keeps of others' events. `make` gives its handlers and unit of work."""

    service: str
    topics: frozenset[str]
    tables: Mapping[str, str]
    make: Callable[[AsyncEngine], Filling]


def _prices(engine: AsyncEngine) -> Filling:
    from orders.adapters.unit_of_work import OrdersUnitOfWork
    from orders.consumers import catalog_events

    return catalog_events.HANDLERS, lambda: OrdersUnitOfWork(engine)


def _trail(engine: AsyncEngine) -> Filling:
    from auth.adapters.audit_trail import SqlTrailUnitOfWork
    from auth.consumers import audit_events

    return audit_events.HANDLERS, lambda: SqlTrailUnitOfWork(engine)


def _recipients(engine: AsyncEngine) -> Filling:
    from chassis.encryption import Encryption
    from notifications.adapters.unit_of_work import NotificationsUnitOfWork
    from notifications.consumers import auth_events, order_events
    from notifications.settings import NotificationsSettings

    # For the secrets of webhooks, of which a scratch database has none.
    encryption = Encryption(NotificationsSettings().encryption_keys)
    handlers = {**auth_events.handlers(_MAIL_DOMAIN), **order_events.handlers(_MAIL_DOMAIN)}
    return handlers, lambda: NotificationsUnitOfWork(engine, encryption)


MODELS = (
    Model(
        "orders",
        frozenset({"catalog.events"}),
        {"prices": "SELECT sku || ' ' || product_id AS key, t::text AS row FROM prices t"},
        _prices,
    ),
    Model(
        "auth",
        frozenset({"audit.events"}),
        {"audit_entries": "SELECT id::text AS key, t::text AS row FROM audit_entries t"},
        _trail,
    ),
    Model(
        "notifications",
        frozenset({"auth.events", "orders.events"}),
        {
            "contacts": "SELECT user_id::text AS key, t::text AS row FROM contacts t",
            "orders": "SELECT order_id::text AS key, t::text AS row FROM orders t",
        },
        _recipients,
    ),
)
