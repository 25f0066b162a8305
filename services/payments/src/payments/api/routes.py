"""The routes of `/v1/payments` and `/v1/ledger`, for support and for the books.

What moves money answers 202 with the operation's address: the provider is asked afterwards. Each
names its caller first, so that nobody without the scope learns what a request lacks.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request, Response

from chassis.http_idempotency import RequiredKey
from chassis.pagination import Cursor, Limit, decode_cursor, link_header, page_links, page_of
from chassis.problems import problem_responses
from chassis.security import Caller
from payments.api.dependencies import PaymentId, Reader, Reads, Writer, Writes
from payments.api.examples import OPERATION_ID, ORDER_ID
from payments.api.presenters import ledger_body, operation_body, payment_body, payment_detail
from payments.api.problems import PROBLEMS
from payments.api.schemas import (
    AmountRequest,
    CaptureRequest,
    LedgerBalance,
    OperationBody,
    PaymentCursor,
    PaymentDetail,
    PaymentPage,
)
from payments.application.order_operation import OrderedOperation, order_operation
from payments.application.queries import PaymentFilter, PaymentQueries
from payments.application.unit_of_work import UnitOfWork
from payments.domain import errors
from payments.domain.money import Money
from payments.domain.operation import Kind
from payments.domain.status import Status

router = APIRouter(prefix="/v1", tags=["payments"])

OperationId = Annotated[UUID, Path(examples=[OPERATION_ID])]
OfOrder = Annotated[
    UUID | None, Query(description="The payment of this order alone.", examples=[ORDER_ID])
]
WithStatus = Annotated[Status | None, Query(description="Payments in this state alone.")]

_AMOUNTS: dict[str, Any] = {
    "everything": {"value": {}},
    "a part": {"value": {"amount": {"amount": 100, "currency": "GBP"}}},
}
_CAPTURES: dict[str, Any] = _AMOUNTS | {
    "a part, and more later": {
        "value": {"amount": {"amount": 100, "currency": "GBP"}, "final": False}
    },
}
AmountBody = Annotated[AmountRequest, Body(openapi_examples=_AMOUNTS)]
CaptureBody = Annotated[CaptureRequest, Body(openapi_examples=_CAPTURES)]

_UNKNOWN = problem_responses(errors.PaymentNotFound, table=PROBLEMS)


def _refusals(*kinds: type[Exception]) -> dict[int | str, dict[str, object]]:
    always = (errors.PaymentNotFound, errors.PaymentBusy, errors.CurrencyMismatch)
    return problem_responses(*always, *kinds, table=PROBLEMS)


@router.get("/payments", operation_id="list_payments", summary="Payments, newest first")
async def list_payments(
    caller: Reader,
    request: Request,
    response: Response,
    reads: Reads,
    order_id: OfOrder = None,
    status: WithStatus = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> PaymentPage:
    """All payments, or the one of an order."""
    after = decode_cursor(cursor, PaymentCursor).id if cursor else None
    rows = await reads.payments(PaymentFilter(order_id, status, after), limit + 1)
    page = page_of(rows, limit, lambda payment: {"id": payment.id})
    response.headers["Link"] = link_header(request, page.next_cursor)
    links = page_links(request, page.next_cursor)
    return PaymentPage(items=[payment_body(found, caller) for found in page.items], links=links)


@router.get(
    "/payments/{payment_id}",
    operation_id="get_payment",
    summary="One payment with its operations",
    responses=_UNKNOWN,
)
async def get_payment(caller: Reader, payment_id: PaymentId, reads: Reads) -> PaymentDetail:
    """How much is held, taken and given back, and what the provider was asked."""
    payment = await reads.payment(payment_id)
    return payment_detail(payment, await reads.operations(payment_id), caller)


@router.get(
    "/payments/{payment_id}/operations/{operation_id}",
    operation_id="get_payment_operation",
    summary="How far an operation is",
    responses=_UNKNOWN,
)
async def get_operation(
    _caller: Reader, payment_id: PaymentId, operation_id: OperationId, reads: Reads
) -> OperationBody:
    """`waiting` until the provider has answered; `failed` says why."""
    return operation_body(await reads.operation(payment_id, operation_id))


@router.post(
    "/payments/{payment_id}/captures",
    operation_id="capture_payment",
    summary="Take the authorised money, or a part of it",
    status_code=202,
    responses=_refusals(errors.NotCapturable, errors.CaptureExceedsAuthorised),
)
async def post_capture(
    caller: Writer,
    payment_id: PaymentId,
    body: CaptureBody,
    response: Response,
    key: RequiredKey,
    uow: Writes,
    reads: Reads,
) -> OperationBody:
    """The rest of the authorisation ends with it, unless more captures are to follow."""
    wanted = OrderedOperation(payment_id, Kind.CAPTURE, _money(body), body.final)
    return await _order(wanted, key, caller, response, uow, reads)


@router.post(
    "/payments/{payment_id}/refunds",
    operation_id="refund_payment",
    summary="Give money back, all or a part",
    status_code=202,
    responses=_refusals(errors.NotRefundable, errors.RefundExceedsCaptured),
)
async def post_refund(
    caller: Writer,
    payment_id: PaymentId,
    body: AmountBody,
    response: Response,
    key: RequiredKey,
    uow: Writes,
    reads: Reads,
) -> OperationBody:
    """Without an amount, all that is left of what was captured."""
    wanted = OrderedOperation(payment_id, Kind.REFUND, _money(body))
    return await _order(wanted, key, caller, response, uow, reads)


@router.post(
    "/payments/{payment_id}/voids",
    operation_id="void_payment",
    summary="Give up an authorisation",
    status_code=202,
    responses=_refusals(errors.NotVoidable),
)
async def post_void(
    caller: Writer,
    payment_id: PaymentId,
    response: Response,
    key: RequiredKey,
    uow: Writes,
    reads: Reads,
) -> OperationBody:
    """No more is taken, and the customer's bank holds nothing any more."""
    wanted = OrderedOperation(payment_id, Kind.VOID)
    return await _order(wanted, key, caller, response, uow, reads)


@router.get(
    "/ledger/balance",
    operation_id="get_ledger_balance",
    summary="Balance of every account",
)
async def get_ledger_balance(_caller: Reader, reads: Reads) -> LedgerBalance:
    """Debits are positive and credits negative; the sum of each currency is zero."""
    return ledger_body(await reads.balances())


async def _order(
    wanted: OrderedOperation,
    key: RequiredKey,
    caller: Caller,
    response: Response,
    uow: UnitOfWork,
    reads: PaymentQueries,
) -> OperationBody:
    answer = await order_operation(wanted, key.scoped(caller.identity), uow)
    location = answer.location or ""
    response.headers["Location"] = location
    operation_id = UUID(location.rpartition("/")[2])
    return operation_body(await reads.operation(wanted.payment_id, operation_id))


def _money(body: AmountRequest) -> Money | None:
    return None if body.amount is None else Money(body.amount.amount, body.amount.currency)
