"""What one run is made of: what people do, what goes wrong, and who comes next at each step.

`plan_of` draws a plan from a seed. A plan is data, so that `shrinking.py` can leave parts of it out
and run what is left again.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

SKUS = ("85123A", "71053")
PRICES = {"85123A": 295, "71053": 375}
SERVICES = ("orders", "inventory", "payments")
TOKENS = ("tok_visa", "tok_visa", "tok_visa", "tok_visa", "tok_chargeDeclined")
LIVES = (
    ("pack",),
    ("pack", "ship"),
    ("pack", "ship_one"),
    ("pack", "ship_one", "ship", "deliver"),
    ("pack", "ship", "deliver", "deliver", "ask_back", "take_back"),
    ("pack", "ship_one", "deliver", "ask_back", "ship", "take_back", "refund"),
    ("pack", "ship", "refund", "refund"),
)
FAULTY_EXCHANGES = ("commit", "commit", "read", "send", "offsets", "provider")


@dataclass(frozen=True, slots=True)
class Buy:
    """Somebody orders; `patience` is how often they ask again when no answer comes."""

    order: int
    lines: tuple[tuple[str, int], ...]
    token: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """The buyer of an order takes it back."""

    order: int


@dataclass(frozen=True, slots=True)
class Life:
    """What the staff and the buyer do with an order once it is confirmed, one after the other."""

    order: int
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crash:
    """`kill -9` of a service's process, which is started again after so many seconds."""

    service: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Lose:
    """The next such exchange of a service fails; if `done`, it took effect all the same."""

    service: str
    exchange: str
    done: bool


@dataclass(frozen=True, slots=True)
class Delay:
    """The next such exchange of a service takes so many seconds."""

    service: str
    exchange: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Redeliver:
    """The broker forgets the last offsets that this group committed of a partition."""

    group: int
    partition: int
    count: int


@dataclass(frozen=True, slots=True)
class Replica:
    """A second process of a service starts, and so the partitions are shared out anew."""

    service: str


@dataclass(frozen=True, slots=True)
class Pass:
    """So many seconds go by before anything else of the plan happens."""

    seconds: float


Item = Buy | Cancel | Life | Crash | Lose | Delay | Redeliver | Replica | Pass


@dataclass(frozen=True, slots=True)
class Plan:
    """`items` are (step, what), in order. `turns` says at which step who but the first comes next;
    None: at every step whoever the seed picks.
    """

    seed: int
    stock: Mapping[str, int]
    hold_seconds: int
    items: tuple[tuple[int, Item], ...]
    turns: Mapping[int, int] | None = None


@dataclass(slots=True)
class Turns:
    """Picks who comes next, by the seed or as written down; `taken` writes down."""

    plan: Plan
    step: int = 0
    taken: dict[int, int] = field(default_factory=dict)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.plan.seed + 1)

    def pick(self, count: int) -> int:
        """Returns one of 0 to count - 1; 0 is whoever waits longest."""
        self.step += 1
        if count < 2:
            return 0
        turns = self.plan.turns
        if turns is not None:
            return turns.get(self.step, 0) % count
        chosen = int(self._random.random() * count)
        if chosen:
            self.taken[self.step] = chosen
        return chosen


def plan_of(seed: int) -> Plan:
    """Draws a plan: one to four purchases, and up to six things that go wrong."""
    draw = random.Random(seed)
    items: list[tuple[int, Item]] = []
    orders = draw.randint(1, 4)
    for number in range(orders):
        begun = draw.randint(0, 60)
        items.append((begun, _purchase(number, draw)))
        if draw.random() < 0.3:
            items.append((begun + draw.randint(5, 400), Cancel(number)))
        if draw.random() < 0.4:
            items.append((begun + draw.randint(0, 100), Life(number, draw.choice(LIVES))))
    for _ in range(draw.choice((0, 1, 2, 3, 4, 6))):
        items.append((draw.randint(0, 250), _fault(draw)))
    if draw.random() < 0.4:
        items.append((draw.randint(0, 40), Replica(draw.choice(SERVICES))))
    items.sort(key=lambda item: item[0])
    stock = {sku: draw.randint(2, 9) for sku in SKUS}
    return Plan(seed, stock, draw.choice((30, 120, 900)), tuple(items))


def _purchase(number: int, draw: random.Random) -> Buy:
    skus = draw.sample(SKUS, 2) if draw.random() < 0.3 else SKUS[:1]
    lines = tuple((sku, draw.randint(1, 4)) for sku in skus)
    return Buy(number, lines, draw.choice(TOKENS))


def _fault(draw: random.Random) -> Item:
    service, exchange = draw.choice(SERVICES), draw.choice(FAULTY_EXCHANGES)
    match draw.randint(0, 7):
        case 0 | 1:
            return Crash(service, draw.choice((0.5, 5.0, 40.0)))
        case 2 | 3:
            return Lose(service, exchange, draw.random() < 0.5)
        case 4:
            return Delay(service, exchange, draw.choice((1.0, 8.0, 60.0, 400.0)))
        case 5:
            return Redeliver(draw.randint(0, 9), draw.randint(0, 2), draw.randint(1, 5))
        case 6:
            return Replica(service)
    return Pass(draw.choice((2.0, 45.0, 400.0)))
