"""Reads every store of a stack into one value; `gather` judges it together with the topics.

Each database is read in one transaction, so that what it says fits together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from native.record import Record
from native.verify.documents import Documents, read_documents
from native.verify.invariants.commits import Stored, Waiting
from native.verify.invariants.mails import MessageRow
from native.verify.invariants.sequences import COMMANDS
from native.verify.invariants.stock import Shelves
from native.verify.read_models import MODELS
from native.verify.rebuild import model_rows
from native.verify.sql import Snapshot, snapshot
from native.verify.stores.causes import repeated_causes
from native.verify.stores.inventory import InventoryStore, read_inventory, replay_movements
from native.verify.stores.orders import OrdersStore, read_orders
from native.verify.stores.payments import PaymentsStore, read_payments
from native.verify.stores.people import read_accounts, read_messages


@dataclass(slots=True)
class Everywhere:
    """What every service's database has: outbox, inboxes, rows with causes, read models."""

    waiting: list[Waiting] = field(default_factory=list)
    inboxes: dict[str, list[int]] = field(default_factory=dict)
    causes: dict[str, tuple[int, Mapping[str, int]]] = field(default_factory=dict)
    models: dict[str, Mapping[str, str]] = field(default_factory=dict)

    async def read(self, database: Snapshot) -> None:
        """Adds one database's."""
        self.waiting += await database.waiting()
        self.inboxes |= await database.inboxes()
        self.causes |= await repeated_causes(database)
        for model in MODELS:
            if model.service == database.name:
                self.models |= await model_rows(model, database)


@dataclass(frozen=True, slots=True)
class Stores:
    """All that the stores of a stack say."""

    orders: OrdersStore
    inventory: InventoryStore
    shelves: Shelves
    payments: PaymentsStore
    messages: list[MessageRow]
    message_versions: dict[str, int]
    accounts: dict[str, int]
    documents: Documents
    everywhere: Everywhere

    def versions(self) -> list[Stored]:
        """What each store says of the versions of its aggregates."""
        inventory = self.inventory
        return [
            Stored("orders", "orders.events", self.orders.versions),
            Stored("sagas", COMMANDS, self.orders.commands),
            Stored("reservations", "inventory.events", inventory.reservation_versions),
            Stored("SKUs", "inventory.events", inventory.stock_versions),
            Stored("payments", "payments.events", self.payments.versions),
            Stored("messages", "notifications.events", self.message_versions),
            Stored("products", "catalog.events", self.documents.versions),
            Stored("accounts", "auth.events", self.accounts, silent_changes=True),
        ]


async def read_stores(kept: Record) -> Stores:
    """Reads them one after the other; the documents last, for they say least."""
    everywhere, shelves = Everywhere(), Shelves()
    async with snapshot("orders", kept.databases["orders"]) as database:
        orders = await read_orders(database)
        await everywhere.read(database)
    async with snapshot("inventory", kept.databases["inventory"]) as database:
        inventory = await read_inventory(database)
        await replay_movements(database, shelves)
        await everywhere.read(database)
    async with snapshot("payments", kept.databases["payments"]) as database:
        payments = await read_payments(database)
        await everywhere.read(database)
    async with snapshot("notifications", kept.databases["notifications"]) as database:
        messages, message_versions = await read_messages(database)
        await everywhere.read(database)
    async with snapshot("auth", kept.databases["auth"]) as database:
        accounts = await read_accounts(database)
        await everywhere.read(database)
    documents = await read_documents(kept.mongo_url)
    everywhere.waiting += documents.waiting
    return Stores(
        orders=orders,
        inventory=inventory,
        shelves=shelves,
        payments=payments,
        messages=messages,
        message_versions=message_versions,
        accounts=accounts,
        documents=documents,
        everywhere=everywhere,
    )
