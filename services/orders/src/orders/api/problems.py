"""The one table from this service's errors to problem types (RFC 9457).

bootstrap.py hands it to the chassis; a test checks that every domain error has its row.
"""

from chassis.problems import ProblemTable, ProblemType
from orders.domain import errors

PROBLEMS: ProblemTable = {
    errors.UnknownSku: ProblemType(422, "unknown-sku", "A SKU is not in the catalogue"),
    errors.ProductWithdrawn: ProblemType(
        422, "product-withdrawn", "A product can no longer be ordered"
    ),
    errors.RepeatedSku: ProblemType(422, "duplicate-sku", "A SKU is named twice"),
    errors.CurrencyMismatch: ProblemType(422, "currency-mismatch", "The currencies differ"),
    errors.CartNotFound: ProblemType(404, "cart-not-found", "No such cart"),
    errors.CartOrdered: ProblemType(409, "cart-ordered", "The cart has been ordered"),
    errors.CartFull: ProblemType(422, "cart-full", "The cart has too many lines"),
    errors.QuantityTooLarge: ProblemType(422, "quantity-too-large", "Too many of one SKU"),
    errors.CartEmpty: ProblemType(422, "cart-empty", "The cart is empty"),
    errors.CartChanged: ProblemType(
        412, "cart-changed", "The cart has changed", lambda error: {"ETag": error.etag}
    ),
    errors.CartTokenRequired: ProblemType(
        400, "cart-token-required", "A guest's retry needs a Cart-Token"
    ),
    errors.CartTokenMalformed: ProblemType(
        400, "cart-token-malformed", "The Cart-Token is not valid"
    ),
    errors.PreconditionMissing: ProblemType(
        428, "precondition-required", "The request must be conditional"
    ),
    errors.ContactRequired: ProblemType(422, "contact-required", "A guest must leave a contact"),
    errors.OrderNotFound: ProblemType(404, "order-not-found", "No such order"),
    errors.OrderCannotBeCancelled: ProblemType(
        409, "order-cannot-be-cancelled", "The order cannot be cancelled"
    ),
    errors.IllegalMove: ProblemType(500, "illegal-move", "The order is in disorder"),
}
