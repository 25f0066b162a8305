"""One suite for every cart store: memory is honest, and Redis keeps the domain's rules."""

import asyncio

import pytest

from chassis.idempotency import IdempotencyKey, KeyReused
from chassis.ids import uuid7
from orders.domain.cart import MAX_LINES, MAX_QUANTITY, CartChange
from orders.domain.errors import (
    CartFull,
    CartNotFound,
    CartOrdered,
    QuantityTooLarge,
    TooManyCodes,
)
from orders.domain.owner import Owner
from orders.domain.ports import Carts
from orders.domain.promotions import MAX_CODES
from orders.domain.shipping import HOME, DeliveryMethod

pytestmark = pytest.mark.parametrize("carts", ["memory", "redis"], indirect=True)


def a_customer() -> Owner:
    return Owner.customer(str(uuid7()))


def a_guest() -> Owner:
    return Owner.guest(str(uuid7()))


def a_key(fingerprint: str = "one") -> IdempotencyKey:
    return IdempotencyKey("customer:1 POST /v1/carts", str(uuid7()), fingerprint)


def many(count: int, first: int = 0) -> dict[str, int]:
    return {f"{number:05}": 1 for number in range(first, first + count)}


async def test_a_new_cart_is_empty_and_its_owners_current_one(carts: Carts) -> None:
    owner = a_customer()
    cart_id = await carts.create(uuid7(), owner, None)
    cart = await carts.get(cart_id, owner)
    assert (cart.quantities, cart.version, cart.order_id) == ({}, 0, None)
    assert await carts.current(owner) == cart_id


async def test_a_later_cart_becomes_the_current_one(carts: Carts) -> None:
    owner = a_customer()
    first = await carts.create(uuid7(), owner, None)
    second = await carts.create(uuid7(), owner, None)
    assert await carts.current(owner) == second
    assert (await carts.get(first, owner)).id == first


async def test_the_same_key_finds_the_cart_that_it_made(carts: Carts) -> None:
    owner, key = a_customer(), a_key()
    first = await carts.create(uuid7(), owner, key)
    assert await carts.create(uuid7(), owner, key) == first


async def test_a_key_of_another_request_is_refused(carts: Carts) -> None:
    owner, key = a_customer(), a_key()
    await carts.create(uuid7(), owner, key)
    with pytest.raises(KeyReused):
        await carts.create(uuid7(), owner, IdempotencyKey(key.scope, key.key, "two"))


async def test_one_key_used_by_many_at_once_makes_one_cart(carts: Carts) -> None:
    owner, key = a_customer(), a_key()
    made = await asyncio.gather(*(carts.create(uuid7(), owner, key) for _ in range(20)))
    assert len(set(made)) == 1


async def test_nobody_but_its_owner_finds_a_cart(carts: Carts) -> None:
    cart_id = await carts.create(uuid7(), a_customer(), None)
    with pytest.raises(CartNotFound):
        await carts.get(cart_id, a_customer())
    with pytest.raises(CartNotFound):
        await carts.change(cart_id, a_guest(), CartChange({"85123A": 1}))


async def test_a_cart_that_never_was_is_not_found(carts: Carts) -> None:
    with pytest.raises(CartNotFound):
        await carts.get(uuid7(), a_customer())
    with pytest.raises(CartNotFound):
        await carts.change(uuid7(), a_customer(), CartChange({}))
    with pytest.raises(CartNotFound):
        await carts.current(a_customer())


async def test_lines_are_set_changed_and_taken_out(carts: Carts) -> None:
    owner = a_guest()
    cart_id = await carts.create(uuid7(), owner, None)
    await carts.change(cart_id, owner, CartChange({"85123A": 6, "71053": 2}))
    await carts.change(cart_id, owner, CartChange({"85123A": 7}))
    cart = await carts.change(cart_id, owner, CartChange({"71053": 0, "22193": 0}))
    assert cart == await carts.get(cart_id, owner)
    assert cart is not None
    assert (cart.quantities, cart.version) == ({"85123A": 7}, 3)


async def test_replacing_leaves_only_the_new_lines(carts: Carts) -> None:
    owner = a_guest()
    cart_id = await carts.create(uuid7(), owner, None)
    await carts.change(cart_id, owner, CartChange({"85123A": 6, "71053": 2}))
    change = CartChange({"71053": 1, "22193": 1}, replaces=True)
    cart = await carts.change(cart_id, owner, change)
    assert cart is not None
    assert cart.quantities == {"71053": 1, "22193": 1}


async def test_a_change_of_a_stale_version_is_not_made(carts: Carts) -> None:
    owner = a_guest()
    cart_id = await carts.create(uuid7(), owner, None)
    await carts.change(cart_id, owner, CartChange({"85123A": 6}), version=0)
    assert await carts.change(cart_id, owner, CartChange({"85123A": 9}), version=0) is None
    assert (await carts.get(cart_id, owner)).quantities == {"85123A": 6}


async def test_a_cart_holds_a_thousand_lines_and_not_one_more(carts: Carts) -> None:
    owner = a_guest()
    cart_id = await carts.create(uuid7(), owner, None)
    full = await carts.change(cart_id, owner, CartChange(many(MAX_LINES), replaces=True))
    assert full is not None
    assert len(full.quantities) == MAX_LINES
    with pytest.raises(CartFull):
        await carts.change(cart_id, owner, CartChange({"99999": 1}))
    swapped = await carts.change(cart_id, owner, CartChange({"00000": 0, "99999": 1}))
    assert swapped is not None
    assert len(swapped.quantities) == MAX_LINES
    assert (await carts.get(cart_id, owner)).version == 2


async def test_an_ordered_cart_changes_no_more_but_can_be_read(carts: Carts) -> None:
    owner, order_id = a_customer(), uuid7()
    cart_id = await carts.create(uuid7(), owner, None)
    await carts.change(cart_id, owner, CartChange({"85123A": 6}))
    await carts.close(cart_id, owner, order_id)
    await carts.close(cart_id, owner, uuid7())
    with pytest.raises(CartOrdered) as refusal:
        await carts.change(cart_id, owner, CartChange({"85123A": 7}))
    assert refusal.value.order_id == order_id
    cart = await carts.get(cart_id, owner)
    assert (cart.order_id, cart.quantities) == (order_id, {"85123A": 6})
    with pytest.raises(CartNotFound):
        await carts.current(owner)


async def test_closing_an_older_cart_leaves_the_current_one(carts: Carts) -> None:
    owner = a_customer()
    older = await carts.create(uuid7(), owner, None)
    newer = await carts.create(uuid7(), owner, None)
    await carts.close(older, owner, uuid7())
    assert await carts.current(owner) == newer


async def test_closing_a_cart_that_is_gone_or_anothers_does_nothing(carts: Carts) -> None:
    owner = a_customer()
    cart_id = await carts.create(uuid7(), owner, None)
    await carts.close(cart_id, a_customer(), uuid7())
    await carts.close(uuid7(), owner, uuid7())
    assert (await carts.get(cart_id, owner)).order_id is None


async def test_merging_adds_up_and_ends_the_guests_cart(carts: Carts) -> None:
    owner, guest = a_customer(), a_guest()
    cart_id = await carts.create(uuid7(), owner, None)
    guest_cart = await carts.create(uuid7(), guest, None)
    await carts.change(cart_id, owner, CartChange({"85123A": 6, "71053": 1}))
    await carts.change(guest_cart, guest, CartChange({"85123A": 2, "22193": 3}))
    merged = await carts.merge(cart_id, owner, guest_cart, guest)
    assert merged is not None
    assert merged.quantities == {"85123A": 8, "71053": 1, "22193": 3}
    again = await carts.merge(cart_id, owner, guest_cart, guest)
    assert again is not None
    assert (again.quantities, again.version) == (merged.quantities, merged.version)
    for attempt in (carts.get(guest_cart, guest), carts.current(guest)):
        with pytest.raises(CartNotFound):
            await attempt
    with pytest.raises(CartNotFound):
        await carts.change(guest_cart, guest, CartChange({"85123A": 1}))


async def test_a_guests_cart_merges_into_one_cart_only(carts: Carts) -> None:
    owner, guest = a_customer(), a_guest()
    first, second = [await carts.create(uuid7(), owner, None) for _ in range(2)]
    guest_cart = await carts.create(uuid7(), guest, None)
    await carts.merge(first, owner, guest_cart, guest)
    with pytest.raises(CartNotFound):
        await carts.merge(second, owner, guest_cart, guest)


async def test_merging_a_guests_older_cart_leaves_their_current_one(carts: Carts) -> None:
    owner, guest = a_customer(), a_guest()
    cart_id = await carts.create(uuid7(), owner, None)
    older, newer = [await carts.create(uuid7(), guest, None) for _ in range(2)]
    await carts.merge(cart_id, owner, older, guest)
    assert await carts.current(guest) == newer


async def test_merging_is_done_to_the_version_that_was_seen_or_not_at_all(carts: Carts) -> None:
    owner, guest = a_customer(), a_guest()
    cart_id = await carts.create(uuid7(), owner, None)
    guest_cart = await carts.create(uuid7(), guest, None)
    await carts.change(guest_cart, guest, CartChange({"85123A": 2}))
    assert await carts.merge(cart_id, owner, guest_cart, guest, 1) is None
    assert (await carts.get(cart_id, owner)).quantities == {}
    assert (await carts.get(guest_cart, guest)).quantities == {"85123A": 2}
    merged = await carts.merge(cart_id, owner, guest_cart, guest, 0)
    assert merged is not None
    assert await carts.merge(cart_id, owner, guest_cart, guest, 0) == merged


async def test_merging_needs_the_secrets_of_both(carts: Carts) -> None:
    owner, guest = a_customer(), a_guest()
    cart_id = await carts.create(uuid7(), owner, None)
    guest_cart = await carts.create(uuid7(), guest, None)
    with pytest.raises(CartNotFound):
        await carts.merge(cart_id, owner, guest_cart, a_guest())
    with pytest.raises(CartNotFound):
        await carts.merge(cart_id, a_customer(), guest_cart, guest)


async def test_merging_past_a_limit_changes_neither_cart(carts: Carts) -> None:
    owner, guest = a_customer(), a_guest()
    cart_id = await carts.create(uuid7(), owner, None)
    guest_cart = await carts.create(uuid7(), guest, None)
    await carts.change(cart_id, owner, CartChange({"85123A": MAX_QUANTITY}))
    await carts.change(guest_cart, guest, CartChange({"85123A": 1}))
    with pytest.raises(QuantityTooLarge, match="85123A"):
        await carts.merge(cart_id, owner, guest_cart, guest)
    await carts.change(cart_id, owner, CartChange(many(MAX_LINES), replaces=True))
    with pytest.raises(CartFull):
        await carts.merge(cart_id, owner, guest_cart, guest)
    assert (await carts.get(guest_cart, guest)).quantities == {"85123A": 1}


async def test_an_ordered_cart_merges_no_more(carts: Carts) -> None:
    owner, guest = a_customer(), a_guest()
    cart_id = await carts.create(uuid7(), owner, None)
    guest_cart = await carts.create(uuid7(), guest, None)
    await carts.close(guest_cart, guest, uuid7())
    with pytest.raises(CartOrdered):
        await carts.merge(cart_id, owner, guest_cart, guest)


async def test_delivery_country_and_codes_change_apart_from_the_lines(carts: Carts) -> None:
    owner = a_customer()
    cart_id = await carts.create(uuid7(), owner, None)
    new = await carts.get(cart_id, owner)
    assert (new.delivery, new.country, new.codes) == (DeliveryMethod.FREE, HOME, frozenset())
    changes = [
        CartChange({"85123A": 1}, codes={"ONE": True}),
        CartChange(delivery=DeliveryMethod.EXPRESS, codes={"TWO": True, "NONE": False}),
        CartChange(country="DE", codes={"ONE": False}),
        CartChange({"71053": 2}, replaces=True),
    ]
    for version, change in enumerate(changes, start=1):
        changed = await carts.change(cart_id, owner, change)
        assert changed is not None
        assert changed.version == version
        assert changed == await carts.get(cart_id, owner)
    cart = await carts.get(cart_id, owner)
    assert cart.quantities == {"71053": 2}
    assert cart.codes == {"TWO"}
    assert (cart.delivery, cart.country) == (DeliveryMethod.EXPRESS, "DE")


async def test_a_code_too_many_changes_nothing(carts: Carts) -> None:
    owner = a_customer()
    cart_id = await carts.create(uuid7(), owner, None)
    codes = {f"CODE{n}": True for n in range(MAX_CODES)}
    await carts.change(cart_id, owner, CartChange({"85123A": 1}, codes=codes))
    before = await carts.get(cart_id, owner)
    with pytest.raises(TooManyCodes):
        await carts.change(cart_id, owner, CartChange({"71053": 1}, codes={"MORE": True}))
    assert await carts.get(cart_id, owner) == before
    swapped = CartChange(codes={"CODE0": False, "MORE": True})
    assert await carts.change(cart_id, owner, swapped) is not None
