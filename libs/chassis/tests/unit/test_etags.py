"""Entity tags differ when their parts do, and preconditions compare them as RFC 9110 says."""

import pytest

from chassis.etags import matches, matches_weakly, strong_etag


def test_a_tag_changes_with_its_parts_and_their_borders() -> None:
    tags = {strong_etag("a", 1), strong_etag("a", 2), strong_etag("a1"), strong_etag("", "a1")}
    assert len(tags) == 4
    assert strong_etag("a", 1) == strong_etag("a", 1)


@pytest.mark.parametrize(
    ("header", "strong", "weak"),
    [
        (None, False, False),
        ("", False, False),
        ("*", True, True),
        (' "v1" ', True, True),
        ('"v0", "v1"', True, True),
        ('"v0","v1"', True, True),
        ('W/"v1"', False, True),
        ('"v0", W/"v1"', False, True),
        ('"v10"', False, False),
        ("v1", False, False),
        ('"v1', False, False),
        ('"a,b", "v1"', True, True),
    ],
)
def test_if_match_is_strong_and_if_none_match_weak(
    header: str | None, strong: bool, weak: bool
) -> None:
    assert matches(header, '"v1"') is strong
    assert matches_weakly(header, '"v1"') is weak
