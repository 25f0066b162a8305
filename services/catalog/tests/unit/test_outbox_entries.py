"""What waits in a product's document: its events, and who answers for them if somebody does."""

import json

from catalog.adapters.outbox import outgoing, waiting_events
from catalog.testing import make_product
from chassis.context import Deed, change_conversation, conversation

DEED = Deed(
    service="catalog",
    operation="withdraw_product",
    method="DELETE",
    path="/v1/products/red-heart",
    target="red-heart",
    actor="m",
    on_behalf_of=None,
    client_id="c",
    roles=frozenset({"merchandiser"}),
)


def test_a_change_by_the_staff_takes_its_entry_along() -> None:
    product = make_product()
    with conversation("r-1"):
        change_conversation(deed=DEED)
        change, entry = waiting_events(product.new_events)
    sent = outgoing(str(product.id), entry, "t.")
    assert (change["topic"], sent.topic, sent.key) == (
        "catalog.events",
        "t.audit.events",
        str(product.id),
    )
    envelope = json.loads(sent.value)
    assert envelope["data"]["target"] == envelope["subject"] == str(product.id)
    assert envelope["data"]["path"] == "/v1/products/red-heart"


def test_without_a_change_there_is_no_entry() -> None:
    with conversation("r-1"):
        change_conversation(deed=DEED)
        assert waiting_events([]) == []


def test_an_entry_from_before_the_trail_goes_where_it_always_went() -> None:
    (entry,) = waiting_events(make_product().new_events)
    del entry["topic"]
    assert outgoing("p", entry).topic == "catalog.events"
