"""Who calls, what they may do, and what a route may ask for.

A route says in its signature who may call it. A caller is an account with its token's scopes, or
a guest with the cart's secret token, who may do with what is theirs what a customer may.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import Depends, Header, Path, Request, Security
from fastapi.security import APIKeyHeader

from chassis.health import Health
from chassis.security import (
    Caller,
    InsufficientScope,
    NotAuthenticated,
    OptionalCaller,
    requires,
    requires_any,
)
from orders.api.examples import CART_ID, ORDER_ID
from orders.api.later_examples import REFUND_ID, RETURN_ID, SHIPMENT_ID
from orders.application.container import Container
from orders.domain.errors import CartTokenMalformed
from orders.domain.owner import Owner

READ, WRITE = "orders:read", "orders:write"
READ_ALL, CANCEL_ALL = "orders:read_all", "orders:cancel_all"
FULFIL, RETURN_ALL, REFUND = "orders:fulfil", "orders:return_all", "orders:refund"

_GUEST_SCOPES = frozenset({READ, WRITE})
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_cart_token = APIKeyHeader(
    name="Cart-Token",
    scheme_name="cart_token",
    description="A guest's secret: 32 random bytes in base64url. It owns the cart and its orders.",
    auto_error=False,
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever calls: `owner` of their own things, and the scopes they have."""

    owner: Owner
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """True when they have the scope."""
        return scope in self.scopes

    def unless_may(self, scope: str) -> Owner | None:
        """Returns whose things they are limited to; None when the scope lifts the limit."""
        return None if self.may(scope) else self.owner


async def _guest(token: Annotated[str | None, Security(_cart_token)] = None) -> Owner | None:
    if token is None:
        return None
    if not _TOKEN.fullmatch(token):
        raise CartTokenMalformed
    return Owner.guest(token)


async def _visitor(
    caller: OptionalCaller, guest: Annotated[Owner | None, Depends(_guest)]
) -> Visitor | None:
    """An account goes before a guest: merging their carts is a call of its own."""
    if caller is not None:
        return Visitor(Owner.customer(caller.subject), caller.scopes)
    return Visitor(guest, _GUEST_SCOPES) if guest else None


def may(*scopes: str) -> Any:
    """Returns the dependency of a visitor with one of the scopes; the first is asked for.

    It raises NotAuthenticated without any token, InsufficientScope without any of the scopes.
    """

    async def allowed(
        visitor: Annotated[Visitor | None, Security(_visitor, scopes=scopes)],
    ) -> Visitor:
        if visitor is None:
            raise NotAuthenticated
        if not visitor.scopes.intersection(scopes):
            raise InsufficientScope(*scopes)
        return visitor

    return Depends(allowed)


async def _newcomer(
    visitor: Annotated[Visitor | None, Security(_visitor, scopes=[WRITE])],
) -> Owner | None:
    """Returns None for a guest who has no token yet."""
    if visitor is not None and not visitor.may(WRITE):
        raise InsufficientScope(WRITE)
    return visitor.owner if visitor else None


async def _customer(visitor: Annotated[Visitor, may(WRITE)]) -> Visitor:
    """An account: a guest's token alone is not enough."""
    if visitor.owner.customer_id is None:
        raise NotAuthenticated
    return visitor


async def _token_holder(guest: Annotated[Owner | None, Depends(_guest)]) -> Owner:
    if guest is None:
        raise NotAuthenticated
    return guest


async def _warehouse(caller: Annotated[Caller, requires(FULFIL)]) -> Visitor:
    return _staff(caller)


async def _return_desk(caller: Annotated[Caller, requires_any(RETURN_ALL, FULFIL)]) -> Visitor:
    return _staff(caller)


async def _return_support(caller: Annotated[Caller, requires(RETURN_ALL)]) -> Visitor:
    return _staff(caller)


async def _refund_support(caller: Annotated[Caller, requires(REFUND)]) -> Visitor:
    return _staff(caller)


def _staff(caller: Caller) -> Visitor:
    return Visitor(Owner.customer(caller.subject), caller.scopes)


async def _container(request: Request) -> Container:
    return cast(Container, request.app.state.container)


Services = Annotated[Container, Depends(_container)]
Newcomer = Annotated[Owner | None, Depends(_newcomer)]
Reader = Annotated[Visitor, may(READ, READ_ALL)]
CartReader = Annotated[Visitor, may(READ)]
Writer = Annotated[Visitor, may(WRITE)]
Customer = Annotated[Visitor, Depends(_customer)]
Canceller = Annotated[Visitor, may(WRITE, CANCEL_ALL)]
Returner = Annotated[Visitor, may(WRITE, RETURN_ALL)]
Warehouse = Annotated[Visitor, Depends(_warehouse)]
ReturnDesk = Annotated[Visitor, Depends(_return_desk)]
ReturnSupport = Annotated[Visitor, Depends(_return_support)]
RefundSupport = Annotated[Visitor, Depends(_refund_support)]
TokenHolder = Annotated[Owner, Depends(_token_holder)]

_CART_ID = Path(
    description="The cart's id, or `mine` for the one begun last, while it is open.",
    examples=["mine", CART_ID],
)
CartId = Annotated[UUID | Literal["mine"], _CART_ID]
OrderId = Annotated[UUID, Path(examples=[ORDER_ID])]
ShipmentId = Annotated[UUID, Path(examples=[SHIPMENT_ID])]
ReturnId = Annotated[UUID, Path(examples=[RETURN_ID])]
RefundId = Annotated[UUID, Path(examples=[REFUND_ID])]
SkuInPath = Annotated[str, Path(min_length=1, max_length=32, examples=["85123A"])]
# Codes are the same in capital and in small letters.
CodeInPath = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9-]{3,32}$", examples=["WELCOME10"], alias="code")
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of the cart as it was seen."),
]
# The interactive documentation fills in the last ETag that it saw where it finds this one.
SeenCart = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of the cart as seen.", examples=['"0"']),
]
SeenPromotion = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of the promotion as seen.", examples=['"0"']),
]
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="The ETag of an answer that was kept.")
]
Prefer = Annotated[
    str | None,
    Header(alias="Prefer", description="`wait=5` waits, 8 s at most.", examples=["wait=5"]),
]


async def _stopping(request: Request) -> Callable[[], bool]:
    """A client that waits is answered at once when the process is asked to stop."""
    health: Health = request.app.state.health
    return lambda: health.draining


Stopping = Annotated[Callable[[], bool], Depends(_stopping)]


async def _cart_to_read(cart_id: CartId, visitor: CartReader, services: Services) -> UUID:
    return await _resolved(cart_id, visitor, services)


async def _cart_to_write(cart_id: CartId, visitor: Writer, services: Services) -> UUID:
    return await _resolved(cart_id, visitor, services)


async def _resolved(cart_id: UUID | Literal["mine"], visitor: Visitor, services: Container) -> UUID:
    return await services.carts.current(visitor.owner) if cart_id == "mine" else cart_id


CartToRead = Annotated[UUID, Depends(_cart_to_read)]
CartToWrite = Annotated[UUID, Depends(_cart_to_write)]
