"""The one table from the catalogue's errors to problem types (RFC 9457).

`bootstrap` hands it to the chassis; a test checks that every domain error has its row.
"""

from catalog.domain import errors
from chassis.problems import ProblemTable, ProblemType


class IfMatchMissing(Exception):
    """The write needs the ETag that the client saw (RFC 6585, section 3)."""

    def __init__(self) -> None:
        super().__init__("This needs If-Match with the product's ETag.")


PROBLEMS: ProblemTable = {
    errors.ProductNotFound: ProblemType(404, "product-not-found", "No such product"),
    errors.ProductGone: ProblemType(410, "product-gone", "The product was withdrawn"),
    errors.VariantNotFound: ProblemType(404, "variant-not-found", "No such variant"),
    errors.CategoryNotFound: ProblemType(404, "category-not-found", "No such category"),
    errors.UnknownCategory: ProblemType(422, "unknown-category", "The category does not exist"),
    errors.InvalidSearch: ProblemType(422, "invalid-search", "The search has no words"),
    errors.InvalidProduct: ProblemType(422, "invalid-product", "The product is not valid"),
    errors.InvalidPrice: ProblemType(422, "invalid-price", "The price is not valid"),
    errors.CurrencyMismatch: ProblemType(422, "currency-mismatch", "The currencies differ"),
    errors.CodeTaken: ProblemType(409, "code-taken", "The code is taken"),
    errors.SkuTaken: ProblemType(409, "sku-taken", "The SKU is taken"),
    errors.SlugTaken: ProblemType(409, "slug-taken", "The slug is taken"),
    errors.StaleProduct: ProblemType(412, "precondition-failed", "It has changed since"),
    errors.ConcurrentChange: ProblemType(
        409, "concurrent-change", "Someone else was quicker", {"Retry-After": "1"}
    ),
    errors.InvalidPicture: ProblemType(422, "invalid-picture", "The picture is not taken"),
    errors.PictureNotFound: ProblemType(404, "picture-not-found", "No such picture"),
    errors.TooManyPictures: ProblemType(
        409, "too-many-pictures", "The product has enough pictures"
    ),
    errors.UploadNotFound: ProblemType(404, "upload-not-found", "No such upload"),
    errors.UploadClosed: ProblemType(409, "upload-closed", "The upload has expired"),
    errors.NothingUploaded: ProblemType(409, "nothing-uploaded", "Nothing was uploaded yet"),
    errors.UploadRefused: ProblemType(403, "upload-refused", "The presigned URL does not fit"),
    errors.MediaNotFound: ProblemType(404, "media-not-found", "No such picture"),
    IfMatchMissing: ProblemType(428, "precondition-required", "The request must be conditional"),
}
