"""Every way in which the catalogue refuses. The API turns each into an RFC 9457 problem.

Raised by the domain and the use cases; `api/problems.py` has a row for each, and a test sees to
that. The text of an error is for the client, so it says what to do better.
"""

from typing import Any


class CatalogError(Exception):
    """Whatever the catalogue refuses. `extras` become members of the problem document."""

    def __init__(self, detail: str, **extras: Any) -> None:
        super().__init__(detail)
        self.extras = extras


class ProductNotFound(CatalogError):
    """No product has this slug."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no product {slug!r}.")


class ProductGone(CatalogError):
    """The product was withdrawn and is not offered any more."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"The product {slug!r} was withdrawn.")


class VariantNotFound(CatalogError):
    """The product has no variant with this SKU."""

    def __init__(self, slug: str, sku: str) -> None:
        super().__init__(f"The product {slug!r} has no variant {sku!r}.")


class CategoryNotFound(CatalogError):
    """No category has this slug, where the category itself was asked for."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no category {slug!r}.")


class UnknownCategory(CatalogError):
    """A product was to be put, or looked for, in a category that does not exist."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no category {slug!r}; GET /v1/categories lists them.")


class InvalidSearch(CatalogError):
    """A search without any word, or with far too many."""

    def __init__(self) -> None:
        super().__init__("A search has from 1 to 10 words of letters or digits.")


class InvalidProduct(CatalogError):
    """A name, code, SKU or set of variants that breaks a rule of the catalogue."""


class InvalidPrice(CatalogError):
    """A price of zero or less, or beyond any sense."""

    def __init__(self, amount: int) -> None:
        super().__init__(f"A price is from 1 to 1000000000 minor units, not {amount}.")


class CurrencyMismatch(CatalogError):
    """A price in another currency than the shop's."""

    def __init__(self, given: str, expected: str) -> None:
        super().__init__(f"This shop's prices are in {expected}, not {given}.")


class CodeTaken(CatalogError):
    """Another product has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"The code {code!r} belongs to another product.")


class SkuTaken(CatalogError):
    """A variant of another product has one of these SKUs."""

    def __init__(self, skus: list[str]) -> None:
        super().__init__(f"Another product has one of the SKUs {', '.join(skus)}.")


class SlugTaken(CatalogError):
    """Another product has this slug; the use case then tries the next candidate."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"The slug {slug!r} belongs to another product.")


class StaleProduct(CatalogError):
    """The product changed since the client read it (RFC 9110 §13.1.1)."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"The product {slug!r} has changed; read it again and repeat.")


class ConcurrentChange(CatalogError):
    """Others changed the same products at the same moment, again and again."""

    def __init__(self) -> None:
        super().__init__("Someone else changed the same products at this moment; try again.")


class InvalidPicture(CatalogError):
    """A picture of a type or size that is never taken."""


class PictureNotFound(CatalogError):
    """The product has no such picture."""

    def __init__(self, slug: str, picture_id: str) -> None:
        super().__init__(f"The product {slug!r} has no picture {picture_id!r}.")


class TooManyPictures(CatalogError):
    """The product has as many pictures as a product may have."""

    def __init__(self, slug: str, limit: int) -> None:
        super().__init__(f"The product {slug!r} has {limit} pictures; remove one first.")


class UploadNotFound(CatalogError):
    """There is no such upload, or not any more."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"There is no upload {upload_id!r}; they are forgotten after a day.")


class UploadClosed(CatalogError):
    """The time for the upload is over."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"The upload {upload_id!r} has expired; start another one.")


class NothingUploaded(CatalogError):
    """The client says that it has uploaded, and there is nothing."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"Nothing has been uploaded for {upload_id!r} yet.")


class UploadRefused(CatalogError):
    """Bytes that are not what the presigned URL was made for, or one that is forged or over."""


class MediaNotFound(CatalogError):
    """No rendition has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no {name!r}.")
