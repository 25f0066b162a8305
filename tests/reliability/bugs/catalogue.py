"""All planted bugs in one place: importing this registers them."""

from tests.reliability.bugs import decisions, messages, stores
from tests.reliability.bugs.registry import BUGS, Bug, planted

__all__ = ["BUGS", "Bug", "decisions", "messages", "planted", "stores"]
