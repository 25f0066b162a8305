"""Bodies of payments' API, as OpenAPI shows them.

Requests are strict: unknown fields and fractions are refused. Every field has an example, so
that Swagger's Try it out works as it is prefilled.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.schemas import MAX_AMOUNT, Money, StrictModel
from payments.api import examples
from payments.domain.operation import Kind, Stage
from payments.domain.status import Status

Links = dict[str, dict[str, str]]


class PositiveMoney(StrictModel):
    """At least one minor unit of an ISO 4217 currency."""

    amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT, examples=[255])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["GBP"])]


class AmountRequest(StrictModel):
    """How much; left out, all that there is."""

    amount: PositiveMoney | None = None


class CaptureRequest(AmountRequest):
    """How much of what is held; left out, all of it. `final` says that the rest is not needed."""

    final: bool = True


class OperationBody(BaseModel):
    """One operation; `waiting` until the provider has answered."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.OPERATION]}
    )

    id: UUID
    kind: Kind
    stage: Stage
    amount: Money | None
    attempts: int
    failure: str | None
    created_at: datetime
    ended_at: datetime | None
    links: Annotated[Links, Field(alias="_links")]


class PaymentBody(BaseModel):
    """One payment; `amount` is null where a void came before any authorisation."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.PAYMENT]}
    )

    id: Annotated[UUID, Field(examples=[examples.PAYMENT_ID])]
    order_id: Annotated[UUID, Field(examples=[examples.ORDER_ID])]
    status: Status
    amount: Money | None
    captured: Money | None
    refunded: Money | None
    decline_reason: str | None
    created_at: datetime
    updated_at: datetime
    links: Annotated[Links, Field(alias="_links")]


class PaymentDetail(PaymentBody):
    """A payment with everything that was asked of the provider for it, in order."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PAYMENT_DETAIL]})

    operations: list[OperationBody]


class PaymentPage(BaseModel):
    """A page of payments, newest first."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.PAYMENT_PAGE]}
    )

    items: list[PaymentBody]
    links: Annotated[Links, Field(alias="_links")]


class AccountBalance(BaseModel):
    """What an account's entries sum to: debits positive, credits negative."""

    account: Annotated[str, Field(examples=["customer_authorisations"])]
    balance: Money


class LedgerBalance(BaseModel):
    """The whole ledger; every `sum` is zero, or the books are wrong."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.LEDGER]})

    accounts: list[AccountBalance]
    sum: list[Money]


class PaymentCursor(StrictModel):
    """Where a page of payments goes on."""

    id: UUID
