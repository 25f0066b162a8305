"""What the services' tests share: tokens that verify, and fakes of the unit of work.

Not imported by any running code. The keys are made fresh in each test process.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from chassis import audit
from chassis.envelope import Event
from chassis.idempotency import IdempotencyKey, KeyInFlight, KeyReused, StoredAnswer
from chassis.ids import uuid7
from chassis.tokens import PublicKey, SigningKey, TokenVerifier

ISSUER = "http://localhost:8080"
AUDIENCE = "souk"


@lru_cache(maxsize=4)
def signing_key(name: str = "test") -> SigningKey:
    """Returns a key of 2048 bits, the same for the same name."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey(pem.decode(), kid=name)


class StaticJwks:
    """A set of keys that never changes."""

    def __init__(self, keys: Iterable[Mapping[str, Any]]) -> None:
        self._keys = {key.kid: key for key in map(PublicKey, keys)}

    async def key(self, kid: str) -> PublicKey | None:
        """Returns the key of that name."""
        return self._keys.get(kid)


class TokenMint:
    """Makes access tokens as auth does, and the verifier that takes them."""

    def __init__(self, issuer: str = ISSUER, audience: str = AUDIENCE) -> None:
        self.issuer = issuer
        self.audience = audience
        self.key = signing_key()
        self.verifier = TokenVerifier(issuer, audience, StaticJwks([self.key.public_jwk()]))

    def mint(
        self,
        subject: str = "01990000-0000-7000-8000-0000000000f1",
        scopes: Iterable[str] = (),
        roles: Iterable[str] = (),
        **claims: Any,
    ) -> str:
        """Returns a token of five minutes; a claim given as None is left out."""
        now = int(time.time())
        document = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "client_id": "test",
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid7()),
            "scope": " ".join(sorted(scopes)),
            "roles": list(roles),
            **claims,
        }
        return self.key.sign({name: item for name, item in document.items() if item is not None})

    def headers(self, *args: Any, **claims: Any) -> dict[str, str]:
        """Returns the Authorization header field with a token that `mint` makes."""
        return {"Authorization": f"Bearer {self.mint(*args, **claims)}"}


class FakeIdempotencyKeys:
    """The keys of a fake unit of work: one dictionary for all of its transactions."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[str, StoredAnswer]] = {}
        self.claimed: set[tuple[str, str]] = set()

    async def claim(self, key: IdempotencyKey) -> StoredAnswer | None:
        """Behaves as the real one: raises KeyReused and KeyInFlight."""
        answer = await self.find(key)
        if answer is None:
            if (key.scope, key.key) in self.claimed:
                raise KeyInFlight(key.key)
            self.claimed.add((key.scope, key.key))
        return answer

    async def find(self, key: IdempotencyKey) -> StoredAnswer | None:
        """Behaves as the real one: raises KeyReused."""
        fingerprint, answer = self.answers.get((key.scope, key.key), (key.fingerprint, None))
        if fingerprint != key.fingerprint:
            raise KeyReused(key.key)
        return answer

    async def store(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """Keeps the answer."""
        self.answers[key.scope, key.key] = (key.fingerprint, answer)


class FakeUnitOfWork:
    """Has the real one's methods and no database; a test may open it again and again.

    `published` holds (topic, event) of what was committed, `notified` (channel, payload).
    Subclasses add repositories and override `collect`.
    """

    def __init__(self) -> None:
        self.idempotency = FakeIdempotencyKeys()
        self.published: list[tuple[str, Event]] = []
        self.notified: list[tuple[str, str]] = []
        self.inbox: set[tuple[str, UUID]] = set()
        self.committed = False
        self.commits = 0
        self._outgoing: list[tuple[str, Event]] = []
        self._seen: set[tuple[str, UUID]] = set()
        self._answers = dict(self.idempotency.answers)

    async def __aenter__(self) -> Self:
        self.committed = False
        self._answers = dict(self.idempotency.answers)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forgets what was not committed."""
        self._outgoing.clear()
        self._seen.clear()
        self.idempotency.claimed.clear()
        self.idempotency.answers = self._answers

    def collect(self) -> Iterable[tuple[str, Event]]:
        """Yields (topic, event) for each new domain event."""
        return ()

    def publish(self, topic: str, event: Event) -> None:
        """Keeps an event for the commit."""
        event.to_json()
        self._outgoing.append((topic, event))

    def flush(self) -> None:
        """Takes the domain events recorded so far."""
        for topic, event in self.collect():
            self.publish(topic, event)

    async def unseen(self, consumer: str, events: Sequence[Event]) -> set[UUID]:
        """Returns the ids that this consumer has not seen in a committed transaction."""
        new = {event.id for event in events if (consumer, event.id) not in self.inbox}
        self._seen |= {(consumer, event_id) for event_id in new}
        return new

    async def notify(self, channel: str, payload: str = "") -> None:
        """Remembers who would be woken."""
        self.notified.append((channel, payload))

    async def commit(self) -> None:
        """Makes the rest visible, with the audit trail's event as the real one does."""
        self.flush()
        if (made := audit.change_made()) is not None:
            self.publish(audit.TOPIC, made)
        self.published += self._outgoing
        self._outgoing.clear()
        self.inbox |= self._seen
        self._answers = dict(self.idempotency.answers)
        self.committed = True
        self.commits += 1
