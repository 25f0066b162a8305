"""A new key takes over signing, without a request failing: on command, or when the old one is due.

Called by POST /v1/signing-key-rotations, by `python -m auth.keys rotate` and by a worker. The
replicas notice by reading the keys again every few seconds.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from auth.application.token_request import ACCESS_TOKEN_SECONDS
from auth.application.unit_of_work import UnitOfWork
from auth.domain.key_ports import KeyMaker
from auth.domain.key_schedule import (
    CACHE_SECONDS,
    KeyPlan,
    KeyTimes,
    RotationUnderWay,
    is_due,
    succeed,
)
from chassis.audit import about

# Replicas read the keys again after at most ten seconds, and clocks differ.
_MARGIN = timedelta(seconds=30)
TIMES = KeyTimes(
    ahead=timedelta(seconds=CACHE_SECONDS) + _MARGIN,
    after=timedelta(seconds=ACCESS_TOKEN_SECONDS) + _MARGIN,
)


async def rotate_keys(
    uow: UnitOfWork, maker: KeyMaker, now: datetime, times: KeyTimes = TIMES
) -> KeyPlan:
    """Returns the new key's life. Raises RotationUnderWay while the newest does not sign yet."""
    key = await maker.make()
    async with uow:
        plan, ending = succeed(await uow.keys.lock(), key.kid, times, now)
        await uow.keys.add(plan, key)
        await uow.keys.end(ending)
        about(key.kid)
        await uow.commit()
    return plan


async def rotate_if_due(
    new_uow: Callable[[], UnitOfWork], maker: KeyMaker, lifetime: timedelta, now: datetime
) -> bool:
    """Returns True when it rotated. Of two replicas that find it due, one does it."""
    async with new_uow() as uow:
        plans = await uow.keys.plans()
    if not plans or not is_due(plans, lifetime, now):
        return False
    try:
        await rotate_keys(new_uow(), maker, now)
    except RotationUnderWay:
        return False
    return True
