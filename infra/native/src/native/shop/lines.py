"""The rows of an Online Retail file, one at a time, each with its line number.

`reader` is the caller. Parsing is separate from meaning: a row whose fields cannot be read is a
`BadRow`, and what a readable row stands for (a sale, a return, no product) is `kind_of`.
"""

import csv
import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from io import BufferedReader, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import IO, cast

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
SKU_PATTERN = re.compile(r"\d{5}[A-Z]*")


class NotThisDataSet(Exception):
    """The file's header does not have the columns of the Online Retail data set."""


class BadRow(Exception):
    """A row that cannot be read; its text says which field is wrong and why."""


class Kind(StrEnum):
    """What a row stands for; everything but a sale is left out of the catalogue and orders."""

    SALE = "sale"
    NO_PRODUCT = "no product"
    RETURN = "return"
    NO_SALE = "no sale"


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice line as the file has it; `price` is in GBP and may be zero or negative."""

    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str | None
    country: str

    @property
    def pence(self) -> int:
        return int(self.price * 100)


def kind_of(row: Row) -> Kind:
    """Sort a row by the rules: the code decides first, then the invoice, then the figures."""
    if not SKU_PATTERN.fullmatch(row.code):
        return Kind.NO_PRODUCT
    if row.invoice.startswith("C"):
        return Kind.RETURN
    if row.quantity <= 0 or row.price <= 0:
        return Kind.NO_SALE
    return Kind.SALE


class HashedFile:
    """A .csv or .csv.gz opened for one pass; its SHA-256 is that of the text, packed or not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()

    def rows(self) -> Iterator[tuple[int, Row | BadRow]]:
        """Yield (line number, row or what is wrong with it); raise NotThisDataSet at once."""
        with _opened(self._path) as raw:
            noted = BufferedReader(_Noted(raw, self._hash), 1 << 16)
            text = TextIOWrapper(noted, encoding="utf-8-sig", errors="replace", newline="")
            table = csv.reader(text)
            if tuple(next(table, ())) != COLUMNS:
                raise NotThisDataSet(f"{self._path.name} must begin with {','.join(COLUMNS)}")
            last = 1
            for fields in table:
                if fields:
                    yield last + 1, _parsed(fields)
                last = table.line_num

    @property
    def digest(self) -> str:
        """The hexadecimal SHA-256 of all that was read so far: of the file, once rows() ended."""
        return self._hash.hexdigest()


class _Noted(RawIOBase):
    """Feeds every byte that passes to a hash, so that a file is read only once."""

    def __init__(self, source: IO[bytes], seen: "hashlib._Hash") -> None:
        self._source, self._seen = source, seen

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read(len(buffer))
        self._seen.update(data)
        buffer[: len(data)] = data
        return len(data)


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _parsed(fields: list[str]) -> Row | BadRow:
    if len(fields) != len(COLUMNS):
        return BadRow(f"{len(fields)} fields instead of {len(COLUMNS)}")
    invoice, code, description, quantity, at, price, customer, country = map(str.strip, fields)
    try:
        row = Row(
            invoice=_present("InvoiceNo", invoice),
            code=_present("StockCode", code).upper(),
            description=" ".join(description.split()),
            quantity=_whole(quantity),
            at=_moment(at),
            price=_amount(price),
            customer=customer or None,
            country=country,
        )
        if kind_of(row) is Kind.SALE and row.price * 100 % 1:
            raise BadRow(f"UnitPrice {price} is not a whole number of pence")
    except BadRow as problem:
        return problem
    return row


def _present(name: str, text: str) -> str:
    if not text:
        raise BadRow(f"{name} is missing")
    return text


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadRow(f"Quantity {text!r} is not a whole number") from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadRow(f"InvoiceDate {text!r} is not an ISO date") from None


def _amount(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise BadRow(f"UnitPrice {text!r} is not a number") from None
    if not value.is_finite():
        raise BadRow(f"UnitPrice {text!r} is not a number")
    return value
