"""Bodies of `/v1/payments/reconciliations`, as OpenAPI shows them.

The routes in `reconciliations.py` make them of views.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.schemas import StrictModel, Timestamp
from payments.api.examples import ORDER_ID, PAYMENT_ID
from payments.domain.reconciliation import Kind

RECONCILIATION_ID = "01990000-0000-7000-8000-0000000000e3"
_PATH = f"/v1/payments/reconciliations/{RECONCILIATION_ID}"
_RUN: dict[str, Any] = {
    "id": RECONCILIATION_ID,
    "since": "2026-11-15T13:00:00Z",
    "requested_at": "2026-11-22T13:00:00Z",
    "ended_at": "2026-11-22T13:00:02Z",
    "charges": 1200,
    "payments": 1200,
    "in_flight": 1,
    "differences": 1,
    "_links": {"self": {"href": _PATH}},
}
_DIFFERENCE: dict[str, Any] = {
    "kind": "captured",
    "reference": "ch_0199000000007000800000000000e2",
    "payment_id": PAYMENT_ID,
    "order_id": ORDER_ID,
    "ours": "1530",
    "theirs": "0",
}

Links = dict[str, dict[str, str]]


class ReconciliationRequest(StrictModel):
    """From when on charges are compared; left out, as far back as the scheduled ones look.

    What lies before 1970 is taken as 1970, and what is to come as now.
    """

    since: Timestamp | None = None


class ReconciliationBody(BaseModel):
    """One comparison with the provider; the counts are zero until `ended_at`.

    `in_flight` are payments that were moving just then, which the next one will judge.
    """

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [_RUN]})

    id: UUID
    since: datetime
    requested_at: datetime
    ended_at: datetime | None
    charges: int
    payments: int
    in_flight: int
    differences: int
    links: Annotated[Links, Field(alias="_links")]


class DifferenceBody(BaseModel):
    """One thing that is not the same on both sides; null is a side that has nothing."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_DIFFERENCE]})

    kind: Kind
    reference: str
    payment_id: UUID | None
    order_id: UUID | None
    ours: str | None
    theirs: str | None


class ReconciliationDetail(ReconciliationBody):
    """A comparison with everything that it found."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RUN | {"found": [_DIFFERENCE]}]})

    found: list[DifferenceBody]


class ReconciliationPage(BaseModel):
    """A page of comparisons, newest first."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {"items": [_RUN], "_links": {"self": {"href": "/v1/payments/reconciliations"}}}
            ]
        },
    )

    items: list[ReconciliationBody]
    links: Annotated[Links, Field(alias="_links")]


class ReconciliationCursor(StrictModel):
    """Where a page goes on."""

    id: UUID
