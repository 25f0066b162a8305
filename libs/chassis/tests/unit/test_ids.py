"""Identifiers sort by the time they were made, and times know their zone."""

from uuid import UUID

from chassis.clock import utcnow
from chassis.ids import uuid7, uuid7_text


def test_identifiers_sort_by_time() -> None:
    made = [uuid7() for _ in range(100)]
    assert made == sorted(made)
    assert {identifier.version for identifier in made} == {7}


def test_an_identifier_as_text_is_one_too() -> None:
    assert UUID(uuid7_text()).version == 7


def test_the_present_is_in_utc() -> None:
    offset = utcnow().utcoffset()
    assert offset is not None
    assert not offset
