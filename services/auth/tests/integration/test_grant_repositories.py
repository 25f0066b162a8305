"""One suite over the fakes and over PostgreSQL: consents, revocations and the end of families."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import Client
from auth.domain.key_ports import NewKey
from auth.domain.key_schedule import KeyPlan
from auth.domain.user import User, new_user
from chassis.clock import utcnow
from chassis.revocations import Revocation
from services.auth.tests.fakes import NOON, MemoryUnitOfWork
from services.auth.tests.grant_samples import a_code, a_family

NewUow = Callable[[], UnitOfWork]


@pytest.fixture(params=["memory", "postgresql"])
def make(request: pytest.FixtureRequest) -> NewUow:
    if request.param == "memory":
        memory = MemoryUnitOfWork()
        return lambda: memory
    found: Callable[[], AuthUnitOfWork] = request.getfixturevalue("new_uow")
    return found


async def someone(make: NewUow) -> User:
    user = new_user(uuid4(), email=f"{uuid4()}@example.com", name="Ada", now=NOON)
    async with make() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def test_consents_add_up_and_go_with_their_client(make: NewUow) -> None:
    user = await someone(make)
    async with make() as uow:
        await uow.clients.put(Client("c", "C", frozenset(), frozenset()), NOON)
        assert await uow.consents.scopes(user.id, "c") == frozenset()
        for scopes in ({"profile"}, {"openid", "profile"}):
            await uow.consents.add(user.id, "c", frozenset(scopes), NOON)
        await uow.commit()
    async with make() as uow:
        assert await uow.consents.scopes(user.id, "c") == {"openid", "profile"}
        assert await uow.consents.scopes(user.id, "d") == frozenset()
        assert await uow.consents.of_user(user.id) == {"c": {"openid", "profile"}}
        await uow.clients.delete("c")
        assert await uow.clients.get("c") is None
        assert await uow.consents.scopes(user.id, "c") == frozenset()


async def test_a_consent_is_taken_back_by_who_gave_it(make: NewUow) -> None:
    user, other = await someone(make), await someone(make)
    async with make() as uow:
        for owner, client in ((user, "a"), (user, "b"), (other, "a")):
            await uow.consents.add(owner.id, client, frozenset({"profile"}), NOON)
        await uow.consents.remove(user.id, "a")
        await uow.consents.remove(user.id, "unknown")
        assert list(await uow.consents.of_user(user.id)) == ["b"]
        assert list(await uow.consents.of_user(other.id)) == ["a"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        ({"client_id": "c"}, ["d"]),
        ({"session_id": UUID(int=1)}, ["d"]),
        ({"keep_session": UUID(int=1)}, ["c"]),
        ({"session_id": UUID(int=3)}, ["c", "d"]),
    ],
    ids=str,
)
async def test_codes_that_nobody_redeemed_are_forgotten(
    make: NewUow, options: dict[str, Any], expected: list[str]
) -> None:
    user, other, now = await someone(make), await someone(make), utcnow()
    samples = [("c", user, 1), ("d", user, 2), ("x", other, 1), ("redeemed", user, 1)]
    hashes = {name: uuid4().bytes for name, _owner, _session in samples}
    async with make() as uow:
        for name, owner, session in samples:
            client = "c" if name == "redeemed" else name
            code = a_code(
                *(owner.id, now),
                code_hash=hashes[name],
                client_id=client,
                session_id=UUID(int=session),
            )
            code.family_id = uuid4() if name == "redeemed" else None
            await uow.codes.add(code)
        await uow.codes.forget(user.id, **options)
        left = [name for name, code_hash in hashes.items() if await uow.codes.lock(code_hash)]
        assert left == [*expected, "x", "redeemed"]


async def test_an_accounts_families_of_one_client_end(make: NewUow) -> None:
    user, other, now = await someone(make), await someone(make), utcnow()
    mine = a_family(user.id, now, client_id="c")
    async with make() as uow:
        for family in (mine, a_family(user.id, now, client_id="d"), a_family(other.id, now)):
            await uow.families.add(family)
        assert await uow.families.revoke_of_user(user.id, now, client_id="c") == [mine.id]


async def test_clients_are_listed_by_id_from_where_a_page_ended(make: NewUow) -> None:
    async with make() as uow:
        for name in ("b", "a", "c"):
            await uow.clients.put(Client(name, name, frozenset(), frozenset()), NOON)
        assert [client.id for client in await uow.clients.page("", 2)] == ["a", "b"]
        assert [client.id for client in await uow.clients.page("b", 2)] == ["c"]


async def test_a_revocation_covers_its_token_or_its_grant(make: NewUow) -> None:
    async with make() as uow:
        entries = [Revocation("token", "t", 1, 2), Revocation("grant", "g", 1, 2)]
        await uow.revocations.add(entries)
        await uow.revocations.add(entries)
        await uow.commit()
    async with make() as uow:
        for token, grant, covered in (
            ("t", None, True),
            ("x", "g", True),
            ("g", "t", False),
            ("x", None, False),
        ):
            assert await uow.revocations.covers(token, grant) is covered


@pytest.mark.parametrize(
    ("session", "keep", "expected"),
    [(None, None, "abn"), (1, None, "a"), (None, 1, "bn"), (3, None, "")],
)
async def test_living_families_end_by_session(
    make: NewUow, session: int | None, keep: int | None, expected: str
) -> None:
    user, other, now = await someone(make), await someone(make), utcnow()
    families = {
        name: a_family(owner.id, now, session_id=UUID(int=number) if number else None)
        for name, owner, number in (
            ("a", user, 1),
            ("b", user, 2),
            ("n", user, 0),
            ("x", other, 1),
            ("dead", user, 1),
        )
    }
    families["dead"].revoke(NOON)
    async with make() as uow:
        for family in families.values():
            await uow.families.add(family)
        ended = await uow.families.revoke_of_user(
            user.id,
            now,
            session_id=UUID(int=session) if session else None,
            keep_session=UUID(int=keep) if keep else None,
        )
        names = {family.id: name for name, family in families.items()}
        assert sorted(names[family_id] for family_id in ended) == list(expected)
        for family_id in ended:
            found = await uow.families.lock(family_id)
            assert found is not None and found.revoked_at == now


async def test_a_clients_families_end_together(make: NewUow) -> None:
    user, now = await someone(make), utcnow()
    mine, other = a_family(user.id, now, client_id="c"), a_family(user.id, now, client_id="d")
    async with make() as uow:
        for family in (mine, other):
            await uow.families.add(family)
        assert await uow.families.revoke_of_client("c", now) == [mine.id]
        assert await uow.families.revoke_of_client("c", now) == []


async def test_signing_keys_get_an_end_and_are_gone_after_it(make: NewUow) -> None:
    now = utcnow()
    old, new = KeyPlan("old", now), KeyPlan("new", now)
    ended = KeyPlan("old", now, now.replace(year=now.year + 1))
    async with make() as uow:
        for plan in (old, new):
            await uow.keys.add(plan, NewKey(plan.kid, b"sealed"))
        await uow.keys.end([ended])
        await uow.commit()
    async with make() as uow:
        plans = sorted(await uow.keys.lock(), key=lambda plan: plan.kid)
        assert plans == [new, ended] == sorted(await uow.keys.plans(), key=lambda plan: plan.kid)
