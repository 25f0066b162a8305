"""No field of any request body is left out when the end-to-end tests spoil every one of them.

`tests/e2e/test_hostile_fields.py` goes through the bodies of `hostile_fields.py`; they are held
against the schemas here, so that a new field that no example shows is seen without a shop.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.e2e.hostile_fields import Body, bodies, fields, leaves, objects

BODIES = bodies()


def untried(body: Body, content: Any) -> set[tuple[str | int, ...]]:
    """The texts and objects that the schema has a place for, and this content does not."""
    tried = {*leaves(content), *objects(content)}
    return {way for way in fields(body.schema) if way not in tried}


def named(found: Iterable[Body], name: str) -> Body:
    return next(body for body in found if body.operation.name == name)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.operation.name)
def test_every_text_and_every_object_of_a_body_is_tried(body: Body) -> None:
    assert untried(body, body.fresh()) == set()


def test_a_field_that_no_example_shows_is_seen() -> None:
    order = named(BODIES, "place_order")
    whole = order.fresh()
    assert untried(order, {**whole, "contact": None}) == {
        *(("contact",), ("contact", "email"), ("contact", "name")),
    }
    assert untried(named(BODIES, "ship_order"), {"lines": []}) >= {("tracking",), ("lines", 0)}
