"""Views as JSON bodies, with links (HAL) that offer only what is possible now.

Called by the routes alone; nothing here decides or reads.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from chassis.schemas import Money as MoneyBody
from chassis.security import Caller
from payments.api.schemas import (
    AccountBalance,
    LedgerBalance,
    Links,
    OperationBody,
    PaymentBody,
    PaymentDetail,
)
from payments.application.queries import Balance, OperationView, PaymentView
from payments.domain.money import Money
from payments.domain.operation import Stage
from payments.domain.status import Status

_OFFERS: dict[str, tuple[str, ...]] = {
    Status.AUTHORISED: ("captures", "voids"),
    Status.PARTIALLY_CAPTURED: ("captures", "voids", "refunds"),
    Status.CAPTURED: ("refunds",),
    Status.PARTIALLY_REFUNDED: ("refunds",),
}


def payment_body(payment: PaymentView, caller: Caller) -> PaymentBody:
    """Returns one payment of a list, where nobody looks whether an operation is under way."""
    return PaymentBody.model_validate(_payment(payment, _offers(payment, caller)))


def payment_detail(
    payment: PaymentView, operations: Sequence[OperationView], caller: Caller
) -> PaymentDetail:
    """Returns one payment with its operations; nothing is offered while one is under way."""
    bodies = [operation_body(operation) for operation in operations]
    busy = any(operation.stage == Stage.WAITING for operation in operations)
    shown = _payment(payment, () if busy else _offers(payment, caller))
    return PaymentDetail.model_validate({**shown, "operations": bodies})


def operation_body(operation: OperationView) -> OperationBody:
    """Returns one operation with the way back to its payment."""
    payment = f"/v1/payments/{operation.payment_id}"
    return OperationBody.model_validate(
        {
            "id": operation.id,
            "kind": operation.kind,
            "stage": operation.stage,
            "amount": _money(operation.amount),
            "attempts": operation.attempts,
            "failure": operation.failure,
            "created_at": operation.created_at,
            "ended_at": operation.ended_at,
            "links": {
                "self": {"href": f"{payment}/operations/{operation.id}"},
                "payment": {"href": payment},
            },
        }
    )


def ledger_body(balances: Sequence[Balance]) -> LedgerBalance:
    """Returns every account, and the sum of each currency."""
    sums: dict[str, int] = {}
    for balance in balances:
        currency = balance.money.currency
        sums[currency] = sums.get(currency, 0) + balance.money.amount
    return LedgerBalance(
        accounts=[
            AccountBalance(account=found.account, balance=_some_money(found.money))
            for found in balances
        ],
        sum=[MoneyBody(amount=amount, currency=currency) for currency, amount in sums.items()],
    )


def _payment(payment: PaymentView, offers: Iterable[str]) -> dict[str, Any]:
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "status": payment.status,
        "amount": _money(payment.amount),
        "captured": _money(payment.captured),
        "refunded": _money(payment.refunded),
        "decline_reason": payment.decline_reason,
        "created_at": payment.created_at,
        "updated_at": payment.updated_at,
        "links": _links(payment.id, payment.order_id, offers),
    }


def _offers(payment: PaymentView, caller: Caller) -> Iterable[str]:
    """What the payment allows to this caller; what went back cannot go back again."""
    if not caller.may("payments:write"):
        return ()
    offers = _OFFERS.get(payment.status, ())
    return [offer for offer in offers if offer != "refunds" or payment.captured != payment.refunded]


def _links(payment_id: UUID, order_id: UUID, offers: Iterable[str]) -> Links:
    path = f"/v1/payments/{payment_id}"
    links = {"self": {"href": path}, "order": {"href": f"/v1/orders/{order_id}"}}
    return links | {offer: {"href": f"{path}/{offer}"} for offer in offers}


def _money(money: Money | None) -> MoneyBody | None:
    return None if money is None else _some_money(money)


def _some_money(money: Money) -> MoneyBody:
    return MoneyBody(amount=money.amount, currency=money.currency)
