"""Key rotation on command, over the API; the rules of it are in `unit/test_key_schedule.py`."""

from datetime import datetime, timedelta

import httpx

from auth.application.rotate_keys import rotate_if_due
from auth.domain.key_schedule import KeyPlan
from services.auth.tests.api.test_users_api import token
from services.auth.tests.grant_fakes import QuickKeyMaker
from services.auth.tests.world import World

PATH = "/v1/signing-key-rotations"


async def first_key(world: World) -> None:
    plan = KeyPlan("first", world.clock() - timedelta(days=29))
    world.uow.shelf.keys["first"] = plan


async def test_the_admin_rotates_and_a_second_time_must_wait(
    api: httpx.AsyncClient, seeded: World
) -> None:
    await first_key(seeded)
    headers = {"Authorization": await token(seeded, "keys:write")}
    answer = await api.post(PATH, headers=headers)
    assert answer.status_code == 201
    ahead = datetime.fromisoformat(answer.json()["signs_from"]) - seeded.clock()
    assert ahead == timedelta(seconds=330)
    again = await api.post(PATH, headers=headers)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/rotation-under-way")
    assert len(seeded.uow.shelf.keys) == 2


async def test_others_do_not_rotate(api: httpx.AsyncClient, seeded: World) -> None:
    headers = {"Authorization": await token(seeded, "clients:write", "users:write")}
    assert (await api.post(PATH, headers=headers)).status_code == 403
    assert (await api.post(PATH)).status_code == 401


async def test_the_schedule_rotates_once_a_lifetime(seeded: World) -> None:
    await first_key(seeded)
    maker, lifetime = QuickKeyMaker(), timedelta(days=30)
    turns = []
    for _day in range(3):
        turns.append(await rotate_if_due(seeded.new_uow, maker, lifetime, seeded.clock()))
        seeded.clock.forward(days=1)
    assert turns == [False, True, False]
    assert len(seeded.uow.shelf.keys) == 2
