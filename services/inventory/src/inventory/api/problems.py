"""The one table from inventory's errors to problem types (RFC 9457).

`main.py` hands it to the chassis; a test checks that every domain error has its row.
"""

from chassis.problems import ProblemTable, ProblemType
from inventory.domain import errors

PROBLEMS: ProblemTable = {
    errors.StockNotFound: ProblemType(404, "stock-not-found", "No such SKU"),
    errors.AdjustmentNotFound: ProblemType(404, "adjustment-not-found", "No such adjustment"),
    errors.ReservationNotFound: ProblemType(404, "reservation-not-found", "No such reservation"),
    errors.UnknownSkus: ProblemType(422, "unknown-sku", "A SKU is not in the catalogue"),
    errors.DuplicateSkus: ProblemType(422, "duplicate-sku", "A SKU is named twice"),
    errors.NotEnoughStock: ProblemType(409, "not-enough-stock", "There is not enough stock"),
    errors.MoreReturnedThanSold: ProblemType(
        409, "more-returned-than-sold", "The order has not so many left"
    ),
    errors.StockOutOfStep: ProblemType(500, "stock-out-of-step", "Stock and holds disagree"),
}
