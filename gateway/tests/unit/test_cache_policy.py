"""What may be kept and for how long, as RFC 9111, RFC 5861 and RFC 9213 have it."""

import pytest

from chassis.envelope import new_event
from gateway.cache.policy import Lifetime, lifetime, matches, wants_the_service
from gateway.cache.store import Kept, Key, Store
from gateway.cache.tail import concerned_by

ETAG = (b"etag", b'"1"')


def control(value: bytes, *more: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    return [(b"cache-control", value), *more]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        control(b"no-store, max-age=60"),
        control(b"private, max-age=60"),
        control(b'private="set-cookie", max-age=60'),
        control(b"max-age=60", (b"vary", b"*")),
        control(b"max-age=60", (b"set-cookie", b"a=1")),
        control(b"public"),
        control(b"no-cache"),
        control(b"max-age=x"),
        control(b"max-age=-1"),
        control(b"max-age=60", (b"cdn-cache-control", b"no-store")),
    ],
)
def test_what_must_not_be_kept_is_not(fields: list[tuple[bytes, bytes]]) -> None:
    assert lifetime(200, fields, authorized=False) is None


@pytest.mark.parametrize("status", [201, 204, 206, 302, 304, 401, 429, 500, 503])
def test_only_final_answers_are_kept(status: int) -> None:
    assert lifetime(status, control(b"max-age=60"), authorized=False) is None


@pytest.mark.parametrize(
    ("fields", "fresh"),
    [
        (control(b"max-age=60"), 60),
        (control(b"max-age=60, s-maxage=5"), 5),
        (control(b"MAX-AGE=60"), 60),
        (control(b'max-age="60"'), 60),
        (control(b"max-age=60, max-age=1"), 60),
        (control(b"max-age=60, no-cache", ETAG), 0),
        (control(b"no-cache", ETAG), 0),
        (control(b"max-age=99999999"), 3600),
        (control(b"no-cache", (b"cdn-cache-control", b"max-age=2"), ETAG), 2),
        ([(b"cache-control", b"public"), (b"cache-control", b"max-age=7")], 7),
    ],
)
def test_the_lifetime_is_what_the_service_says(
    fields: list[tuple[bytes, bytes]], fresh: float
) -> None:
    found = lifetime(200, fields, authorized=False)
    assert found is not None
    assert found.fresh == fresh


@pytest.mark.parametrize(
    ("value", "kept"),
    [(b"max-age=60", False), (b"public, max-age=60", True), (b"s-maxage=60", True)],
)
def test_an_answer_to_a_token_is_shared_only_when_that_is_said(value: bytes, kept: bool) -> None:
    assert (lifetime(200, control(value), authorized=True) is not None) is kept


def test_stale_answers_need_permission_and_may_be_forbidden() -> None:
    allowed = control(b"max-age=1, stale-while-revalidate=2, stale-if-error=3")
    assert lifetime(200, allowed, authorized=False) == Lifetime(1, 2, 3, (), 0)
    forbidden = control(b"max-age=1, must-revalidate, stale-while-revalidate=2, stale-if-error=3")
    assert lifetime(200, forbidden, authorized=False) == Lifetime(1, 0, 0, (), 0)


def test_age_and_vary_are_read() -> None:
    fields = control(b"max-age=9", (b"age", b"4"), (b"vary", b"Accept, accept-language"))
    assert lifetime(200, fields, authorized=False) == Lifetime(
        9, 0, 0, (b"accept", b"accept-language"), 4
    )


def test_a_request_may_ask_for_the_service() -> None:
    assert [wants_the_service(said) for said in (b"no-cache", b"no-store", b"max-age=0")] == [
        True,
        True,
        True,
    ]
    assert not wants_the_service(b"") and not wants_the_service(b"max-age=5")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(b'"1"', True), (b'W/"1"', True), (b'"0", "1"', True), (b"*", True), (b'"11"', False)],
)
def test_tags_are_compared_weakly(wanted: bytes, found: bool) -> None:
    assert matches(wanted, b'"1"') is matches(wanted, b'W/"1"') is found


def kept(body: bytes = b"", **selects: bytes) -> Kept:
    fields = {name.encode(): value for name, value in selects.items()}
    return Kept(200, [], body, Lifetime(1, 0, 0, tuple(fields), 0), 0.0, fields, None)


def key(path: bytes, service: str = "catalog") -> Key:
    return service, b"souk", path, b""


def nothing(_name: bytes) -> bytes:
    return b""


def test_the_store_forgets_what_was_not_used_rather_than_grow() -> None:
    store = Store(10_000)
    for number in range(20):
        store.keep(key(b"/%d" % number), kept(b"x" * 1000))
        assert store.find(key(b"/0"), nothing) is not None
    assert store.bytes <= 10_000
    assert len(store) == 4
    store.purge(lambda _: True)
    assert (store.bytes, len(store)) == (0, 0)


def test_variants_are_told_apart_and_bounded() -> None:
    store = Store(1_000_000)
    for number in range(30):
        store.keep(key(b"/"), kept(accept=b"%d" % number))
    assert store.find(key(b"/"), lambda _: b"29") is not None
    assert store.find(key(b"/"), lambda _: b"1") is None
    store.keep(key(b"/"), kept(accept=b"29"))
    store.purge(lambda _: True)
    assert store.bytes == 0


def event(**data: str) -> bytes:
    return new_event(
        source="/services/catalog",
        type="catalog.product_changed.v1",
        subject="p",
        sequence=1,
        data=data,
        correlation_id="c",
    ).to_json()


def test_an_event_concerns_its_product_and_every_list() -> None:
    concerned = concerned_by([event(slug="mug")])
    assert concerned(key(b"/v1/products/mug"))
    assert concerned(key(b"/v1/products"))
    assert not concerned(key(b"/v1/products/bag"))
    assert not concerned(key(b"/.well-known/jwks.json", "auth"))


@pytest.mark.parametrize("value", [event(product_id="p"), b"no event"])
def test_an_event_that_names_no_page_concerns_all(value: bytes) -> None:
    assert concerned_by([value])(key(b"/v1/products/bag"))
