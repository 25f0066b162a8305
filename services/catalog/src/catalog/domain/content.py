"""What a merchandiser says about a product, and the rules that it must keep.

`Product` holds one `Content` at a time and compares two of them to know what happened.
"""

import re
from dataclasses import dataclass

from catalog.domain.errors import InvalidProduct
from catalog.domain.events import Variant
from catalog.domain.money import checked_price

CODE_PATTERN = r"^[0-9]{5}$"
SKU_PATTERN = r"^[0-9]{5}[A-Z]{0,15}$"
MAX_NAME = 200
MAX_DESCRIPTION = 4000
MAX_VARIANTS = 100
# What is sold must fit into a parcel.
MAX_WEIGHT_GRAMS = 20_000

_CODE = re.compile(CODE_PATTERN)
_CODE_DIGITS = 5
_SKU = re.compile(SKU_PATTERN)


@dataclass(frozen=True, slots=True)
class Content:
    """Name, description, category and variants.

    `chosen_category` is the category that a person set; None leaves it to the rules, whose
    answer is `category`.
    """

    name: str
    description: str | None
    category: str
    chosen_category: str | None
    variants: tuple[Variant, ...]

    @property
    def skus(self) -> tuple[str, ...]:
        """The SKUs in the order of the variants."""
        return tuple(variant.sku for variant in self.variants)


def code_of(sku: str) -> str:
    """Returns the code of the only product that can ever have this SKU."""
    return sku[:_CODE_DIGITS]


def checked_content(content: Content, *, code: str, currency: str) -> Content:
    """Returns the content with tidy texts and upper-case SKUs.

    Raises InvalidProduct, InvalidPrice or CurrencyMismatch for the first broken rule.
    """
    if not _CODE.fullmatch(code):
        raise InvalidProduct("A code is five digits.")
    variants = tuple(_checked_variant(variant, code, currency) for variant in content.variants)
    if not 1 <= len(variants) <= MAX_VARIANTS:
        raise InvalidProduct(f"A product has from 1 to {MAX_VARIANTS} variants.")
    if len({variant.sku for variant in variants}) != len(variants):
        raise InvalidProduct(f"The product {code} has one SKU twice.")
    return Content(
        name=tidy_name(content.name),
        description=_checked_description(content.description),
        category=content.category,
        chosen_category=content.chosen_category,
        variants=variants,
    )


def tidy_name(name: str) -> str:
    """Returns a name without outer spaces and with single inner ones.

    Raises InvalidProduct for an empty or overlong one, or one with control characters.
    """
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= MAX_NAME or not tidy.isprintable():
        raise InvalidProduct(f"A name is 1 to {MAX_NAME} printable characters.")
    return tidy


def _checked_variant(variant: Variant, code: str, currency: str) -> Variant:
    sku = variant.sku.upper()
    if not _SKU.fullmatch(sku) or not sku.startswith(code):
        raise InvalidProduct(f"A SKU of product {code} is {code} and up to 15 letters, not {sku}.")
    weight = variant.weight_grams
    if weight is not None and not 1 <= weight <= MAX_WEIGHT_GRAMS:
        raise InvalidProduct(f"A variant weighs from 1 to {MAX_WEIGHT_GRAMS} grams.")
    return Variant(sku, tidy_name(variant.name), checked_price(variant.price, currency), weight)


def _checked_description(description: str | None) -> str | None:
    if description is None:
        return None
    if len(description) > MAX_DESCRIPTION:
        raise InvalidProduct(f"A description is at most {MAX_DESCRIPTION} characters.")
    if not "".join(description.split()).isprintable():
        raise InvalidProduct("A description has no control characters.")
    return description.strip() or None
