"""Runs one plan to its end and says what is wrong then: the heart of the simulation.

`simulate` is what the tests and `./souk simulate` call, within a `stage`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.simulation.buyers import Buyers
from tests.simulation.judging import violations
from tests.simulation.plan import (
    Buy,
    Cancel,
    Crash,
    Delay,
    Item,
    Life,
    Lose,
    Pass,
    Plan,
    Redeliver,
    Replica,
)
from tests.simulation.shop import Shop, Stage
from tests.simulation.staff import Staff
from tests.simulation.virtual import present
from tests.simulation.world import MOST_STEPS, Op, ServerAway

# Longer than the longest delay, hold and patience together: what is open then stays open.
MOST_SECONDS = 7_200.0
# An expiry may have to wait for its poll, and for a row that a command holds.
GRACE = timedelta(seconds=100)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `turns` are those of its choices that were not the first in the queue."""

    plan: Plan
    digest: str
    steps: int
    seconds: float
    violations: tuple[str, ...]
    turns: dict[int, int]
    story: tuple[str, ...]


def simulate(plan: Plan, stage: Stage, *, telling: bool = False) -> Outcome:
    """Runs the plan, lets everything heal, and checks the invariants."""
    run = Run(stage.set(plan, telling=telling))
    world = run.shop.world
    world.loop.run(run.drive)
    found = violations(run.shop, run.buyers)
    return Outcome(
        plan, world.digest(), world.turns.step, world.now, tuple(found),
        world.turns.taken, tuple(world.story),
    )  # fmt: skip


class Run:
    """Carries a plan out: an item when its step has come, or when nothing else is left to do."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.buyers = Buyers(shop)
        self.staff = Staff(shop, self.buyers)
        self._agenda = list(reversed(shop.world.plan.items))
        self._paused_until = 0.0
        named = {getattr(item, "service", None) for _, item in shop.world.plan.items}
        self._inventory_is_hindered = "inventory" in named

    def drive(self) -> None:
        """Goes on until all is done and quiet; leaves no task behind."""
        world = self.shop.world
        for service in self.shop.processes:
            self.shop.start(service)
        while not self._is_over():
            self._fire_what_is_due()
            if world.step():
                continue
            if self._agenda and self._can_fire():
                self._fire()
            elif self._is_quiet() or not world.loop.to_next_timer():
                break
            self._watch_holds()
        self._end()

    def _is_over(self) -> bool:
        world = self.shop.world
        if world.turns.step > MOST_STEPS or world.now > MOST_SECONDS:
            world.failures.append(f"no end after {world.turns.step} steps, {world.now:.0f} s")
            return True
        return False

    def _is_quiet(self) -> bool:
        """Nothing is to be expected any more: time would pass and nothing happen."""
        shop = self.shop
        if self._agenda or self.buyers.busy or shop.starting or not shop.broker.is_read():
            return False
        return not any(is_open(shop) for is_open in _STILL_OPEN)

    def _watch_holds(self) -> None:
        """I2: a hold whose time is over ends, unless inventory itself was hindered."""
        if self._inventory_is_hindered:
            return
        world = self.shop.world
        now = present(world)
        for hold in self.shop.databases["inventory"].tables["reservations"].values():
            if hold.status == "held" and hold.expires_at + GRACE < now:
                world.failures.append("a hold outlives its time")
                self._inventory_is_hindered = True

    def _can_fire(self) -> bool:
        return self.shop.world.now >= self._paused_until

    def _fire_what_is_due(self) -> None:
        step = self.shop.world.turns.step
        while self._agenda and self._agenda[-1][0] <= step and self._can_fire():
            self._fire()

    def _fire(self) -> None:
        _, item = self._agenda.pop()
        self.shop.world.tell(f"** {item}")
        _ACTS[type(item)](self, item)

    def _end(self) -> None:
        for processes in self.shop.processes.values():
            for process in processes:
                self.shop.world.kill(process)
        self.shop.world.loop.drain()

    def _buy(self, item: Buy) -> None:
        self.buyers.buy(item)

    def _cancel(self, item: Cancel) -> None:
        self.buyers.cancel(item.order)

    def _life(self, item: Life) -> None:
        self.staff.begin(item)

    def _crash(self, item: Crash) -> None:
        self.shop.crash(item.service, item.seconds)

    def _lose(self, item: Lose) -> None:
        world = self.shop.world

        def act(op: Op) -> bool:
            world.tell(f"the answer is lost: {op.label}, {'done' if item.done else 'not done'}")
            if item.done:
                world.happen(op, lost=True)
            else:
                world.answer(op, ServerAway(op.label))
            return True

        world.faults.append((item.service, item.exchange, act))

    def _delay(self, item: Delay) -> None:
        world = self.shop.world

        def again(op: Op) -> None:
            if op.on_the_wire or (op.process is not None and op.process.alive):
                world.pending.append(op)

        def act(op: Op) -> bool:
            world.tell(f"{op.label} takes {item.seconds} s")
            world.loop.call_later(item.seconds, again, op)
            return True

        world.faults.append((item.service, item.exchange, act))

    def _redeliver(self, item: Redeliver) -> None:
        self.shop.broker.rewind(item.group, item.partition, item.count)

    def _replica(self, item: Replica) -> None:
        if self.shop.processes[item.service]:
            self.shop.start(item.service)

    def _pass(self, item: Pass) -> None:
        self._paused_until = self.shop.world.now + item.seconds
        self.shop.world.loop.call_later(item.seconds, lambda: None)


_ACTS: dict[type[Item], Callable[[Run, Any], None]] = {
    Buy: Run._buy,
    Cancel: Run._cancel,
    Life: Run._life,
    Crash: Run._crash,
    Lose: Run._lose,
    Delay: Run._delay,
    Redeliver: Run._redeliver,
    Replica: Run._replica,
    Pass: Run._pass,
}


def _outboxes(shop: Shop) -> bool:
    return any(database.tables["outbox"] for database in shop.databases.values())


def _sagas(shop: Shop) -> bool:
    orders = shop.databases["orders"].tables["orders"].values()
    return any(not order.saga.is_closed for order in orders)


def _operations(shop: Shop) -> bool:
    rows = shop.databases["payments"].tables["operations"].values()
    return any(row.stage == "waiting" for row in rows)


def _holds(shop: Shop) -> bool:
    rows = shop.databases["inventory"].tables["reservations"].values()
    return any(row.status == "held" for row in rows)


_STILL_OPEN: Sequence[Callable[[Shop], bool]] = (_outboxes, _sagas, _operations, _holds)
