"""What a revocation covers, and how long the reader remembers it."""

from dataclasses import replace

import pytest

from chassis.claims import Claims
from chassis.revocations import KEEP_SECONDS, Revocations, read_entry

NOW = 1_000_000
CLAIMS = Claims(
    issuer="i",
    subject="someone",
    token_id="token-1",
    client_id="c",
    issued_at=NOW,
    expires_at=NOW + 300,
    scopes=frozenset(),
    roles=frozenset(),
    grant="grant-1",
)


class Reader:
    """A reader that is fed by hand, and its clock."""

    def __init__(self) -> None:
        self.now = float(NOW)
        self.revocations = Revocations("redis://nowhere", clock=lambda: self.now)

    def feed(self, kind: str, id: str, at: int = NOW, until: int = NOW + 300) -> None:
        entry = {"kind": kind, "id": id, "at": str(at), "until": str(until)}
        self.revocations._take(entry)

    def revoked(self, claims: Claims = CLAIMS) -> bool:
        return self.revocations.revoked(claims)


@pytest.mark.parametrize(
    ("kind", "id", "expected"),
    [
        ("token", "token-1", True),
        ("token", "grant-1", False),
        ("grant", "grant-1", True),
        ("grant", "someone", False),
        ("subject", "someone", True),
        ("subject", "somebody-else", False),
    ],
)
def test_a_revocation_covers_what_it_names_and_nothing_else(
    kind: str, id: str, expected: bool
) -> None:
    reader = Reader()
    assert not reader.revoked()
    reader.feed(kind, id)
    assert reader.revoked() is expected


def test_a_subject_that_signs_in_again_has_good_tokens() -> None:
    reader = Reader()
    reader.feed("subject", "someone")
    assert not reader.revoked(replace(CLAIMS, issued_at=NOW + 1))


def test_a_token_without_a_grant_is_not_revoked_by_one() -> None:
    reader = Reader()
    reader.feed("grant", "grant-1")
    assert not reader.revoked(replace(CLAIMS, grant=None))


def test_an_entry_is_forgotten_when_no_token_can_be_alive() -> None:
    reader = Reader()
    for number in range(100):
        reader.feed("token", str(number))
    reader.now += KEEP_SECONDS
    reader.feed("token", "late")
    reader.revocations._sweep()
    assert not reader.revocations._known


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"kind": "planet", "id": "x", "at": "1", "until": "2"},
        {"kind": "token", "id": "", "at": "1", "until": "2"},
        {"kind": "token", "id": "x", "at": "-1", "until": "2"},
        {"kind": "token", "id": "x", "at": "1", "until": "soon"},
    ],
    ids=str,
)
def test_an_entry_that_is_not_ours_is_left_alone(fields: dict[str, str]) -> None:
    assert read_entry(fields) is None
