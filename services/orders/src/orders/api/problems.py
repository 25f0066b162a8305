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
    errors.OrderChanged: ProblemType(
        412, "order-changed", "The order has changed", lambda error: {"ETag": error.etag}
    ),
    errors.OrderCannotBeCancelled: ProblemType(
        409, "order-cannot-be-cancelled", "The order cannot be cancelled"
    ),
    errors.OrderCannotBePacked: ProblemType(
        409, "order-cannot-be-packed", "The order cannot be packed"
    ),
    errors.OrderCannotBeShipped: ProblemType(
        409, "order-cannot-be-shipped", "The order cannot be shipped"
    ),
    errors.OrderCannotBeDelivered: ProblemType(
        409, "order-cannot-be-delivered", "The order cannot be delivered"
    ),
    errors.OrderCannotBeReturned: ProblemType(
        409, "order-cannot-be-returned", "The order cannot be returned"
    ),
    errors.OrderCannotBeRefunded: ProblemType(
        409, "order-cannot-be-refunded", "The order cannot be refunded"
    ),
    errors.OrderCannotBeSettled: ProblemType(500, "illegal-move", "The order is in disorder"),
    errors.NothingLeft: ProblemType(409, "nothing-left", "Nothing is left"),
    errors.MoreThanLeft: ProblemType(409, "more-than-left", "More than is left"),
    errors.ShipmentNotFound: ProblemType(404, "shipment-not-found", "No such shipment"),
    errors.ShipmentDelivered: ProblemType(
        409, "shipment-delivered", "The shipment has been delivered"
    ),
    errors.ReturnNotFound: ProblemType(404, "return-not-found", "No such return"),
    errors.ReturnClosed: ProblemType(409, "return-closed", "The return has been decided"),
    errors.RefundNotFound: ProblemType(404, "refund-not-found", "No such refund"),
    errors.InvalidPromotion: ProblemType(
        422, "invalid-promotion", "The promotion contradicts itself"
    ),
    errors.PromotionNotFound: ProblemType(404, "promotion-not-found", "No such promotion"),
    errors.PromotionChanged: ProblemType(412, "promotion-changed", "The promotion has changed"),
    errors.CodeTaken: ProblemType(409, "code-taken", "The code belongs to another promotion"),
    errors.TooManyAutomatic: ProblemType(
        409, "too-many-automatic-promotions", "Too many automatic promotions"
    ),
    errors.CodeNotUsable: ProblemType(422, "code-not-usable", "The code cannot be used"),
    errors.TooManyCodes: ProblemType(422, "too-many-codes", "The cart has too many codes"),
    errors.RefundCurrencyDiffers: ProblemType(
        422, "refund-currency-differs", "The order was paid in another currency"
    ),
    errors.RefundTooLarge: ProblemType(409, "refund-too-large", "More than can be given back"),
}
