"""How and when the person behind a grant proved who they are; ID tokens tell the client of it.

It begins as a session of the sign-in pages, goes into the code and from there to the refresh
family, so that a client still learns of it when the session is long over.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Authentication:
    """`at` is `auth_time`, `methods` are `amr` (RFC 8176), `session_id` is `sid`.

    The session's id is its public name, and None where the grant is older than such names.
    """

    at: datetime
    methods: tuple[str, ...]
    session_id: UUID | None
