"""In which order the collection calls the operations, as whom, and what it keeps of the answers.

What is not named here stands in its tag's folder in the order of the document, and is called by
the customer where customers may, else by the admin. `collection.py` follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from auth.domain.rights import ROLE_SCOPES, Role
from native.authorization import Operation

CUSTOMER, ADMIN, NEWCOMER, GUEST = "customer", "admin", "newcomer", "guest"
# What changes an account is done to the one that register_user made, and not to the demo's.
OWN_ACCOUNT = "account:write"
ALSO_OWN = frozenset({"change_own_profile"})

Kept = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `purpose` tells apart the requests of one operation; `caller` None is nobody."""

    operation: str
    caller: str | None
    purpose: str = ""
    until: str = ""
    kept: Kept = field(default_factory=dict)


# Of an answer, what later requests need: variable → expression over `body` and `header`.
KEPT: Mapping[str, Kept] = {
    "read_own_profile": {"user_id": "body.id"},
    "register_client": {"registered_client": "body.client_id"},
    "get_product": {
        "product_etag": "header('ETag')",
        "price": "body.variants.find((one) => one.sku === '85123A').price.amount",
    },
    "change_product": {"product_etag": "header('ETag')"},
    "create_product": {"product_slug": "body.slug"},
    "start_picture_upload": {"upload_id": "body.id"},
    "adjust_stock": {"adjustment_id": "body.id"},
    "create_cart": {"cart_id": "body.id", "cart_etag": "header('ETag')"},
    "put_cart_item": {"cart_etag": "header('ETag')"},
    "create_promotion": {"promotion_id": "body.id", "promotion_etag": "header('ETag')"},
    "place_order": {"order_id": "body.id"},
    "ship_order": {"shipment_id": "body.shipments[0].id"},
    "request_return": {"return_id": "body.returns.at(-1).id"},
    "refund_order": {"refund_id": "body.refunds.at(-1).id"},
    "list_payments": {"payment_id": "body.items[0].id"},
    "capture_payment": {"operation_id": "body.id"},
    "start_reconciliation": {"reconciliation_id": "body.id"},
    "list_messages": {"message_id": "body.items[0].id"},
    "create_webhook": {"webhook_id": "body.id"},
    "list_webhook_deliveries": {"delivery_id": "body.items[0].id"},
    "list_own_sessions": {"session_id": "body.items.find((one) => one.current).id"},
}
# What a request needs that no answer gives.
PREPARED: Mapping[str, Kept] = {
    "register_user": {"newcomer_email": "`ada.${pm.variables.replaceIn('{{$guid}}')}@example.com`"},
    # A code stays its promotion's own, even when that has ended.
    "create_promotion": {"promotion_code": "`WELCOME-${Date.now()}`"},
    # Above all codes of the real shop, and one of so many that it is new.
    "create_product": {"product_code": "String(91000 + Math.floor(Math.random() * 9000))"},
}
_BUY = (
    Step("create_cart", CUSTOMER, "to buy from"),
    Step("put_cart_item", CUSTOMER, "to buy"),
    Step("place_order", CUSTOMER, "to pay for"),
    Step("list_payments", ADMIN, "of that order"),
)
_CONFIRMED = (
    *(Step(one, CUSTOMER, "to be packed") for one in ("create_cart", "put_cart_item")),
    Step("place_order", CUSTOMER, "to be packed"),
    Step("read_order", CUSTOMER, "until it is confirmed", "body.status === 'confirmed'"),
)
_ORDER = tuple(
    Step(operation, CUSTOMER, "to have a delivery")
    for operation in ("create_cart", "put_cart_item", "place_order")
)
_GUEST_CART = {"guest_cart_id": "body.id", "cart_token": "body.token"}
# What must have happened before an operation can succeed.
BEFORE: Mapping[str, tuple[Step, ...]] = {
    "merge_cart": (Step("create_cart", GUEST, "as a guest", kept=_GUEST_CART),),
    "use_code": (Step("create_promotion", ADMIN, "to have a code"),),
    "place_order": (Step("put_cart_item", CUSTOMER, "to order"),),
    "list_webhook_deliveries": _ORDER,
    "pack_order": _CONFIRMED,
    "refuse_return": (Step("request_return", CUSTOMER, "to be refused"),),
    "refund_order": (Step("read_order", CUSTOMER, "until it is paid", "body.captured.amount > 0"),),
    "capture_payment": _BUY,
    "refund_payment": (
        Step("get_payment", ADMIN, "until it is captured", "body.status === 'captured'"),
    ),
    "void_payment": _BUY,
}
# An operation whose answer has what it is about only after a moment.
UNTIL: Mapping[str, str] = {
    "list_payments": "body.items.length > 0",
    "list_messages": "body.items.length > 0",
    "list_webhook_deliveries": "body.items.length > 0",
}
# What may be refused although nothing is wrong: a rotation lasts longer than a run, and nobody
# here sends the bytes of a picture.
ALSO_GOOD: Mapping[str, tuple[int, ...]] = {
    "rotate_signing_key": (409,),
    "finish_picture_upload": (409,),
    "remove_picture": (404,),
}
# Before its others, a folder has these, in this order; LAST are the last of all.
FIRST = (
    *("list_payments", "get_payment", "capture_payment", "get_payment_operation"),
    *("refund_payment", "void_payment"),
)
LAST = (
    *("withdraw_product", "remove_client", "end_promotion", "remove_webhook"),
    *("change_own_password", "end_own_sessions", "end_own_session"),
)


def caller_of(operation: Operation) -> str | None:
    """Returns who calls it: None for nobody in particular, "" where no person may."""
    if operation.public and not operation.alternatives:
        return None
    if operation.alternatives == (frozenset({OWN_ACCOUNT}),) or operation.name in ALSO_OWN:
        return NEWCOMER
    for name, role in ((CUSTOMER, Role.CUSTOMER), (ADMIN, Role.ADMIN)):
        if operation.allows(ROLE_SCOPES[role]):
            return name
    return ""


def place_of(operation: str) -> tuple[int, int]:
    """Returns the sort key of an operation in its folder; equal ones keep their order."""
    if operation in FIRST:
        return -1, FIRST.index(operation)
    return (1, LAST.index(operation)) if operation in LAST else (0, 0)


def steps_of(operation: Operation, caller: str | None) -> list[Step]:
    """Returns the requests of an operation: what it needs before it, and the thing itself."""
    name = operation.name
    return [*BEFORE.get(name, ()), Step(name, caller)]
