"""The bodies about signing in: one's sessions, and the change of one's password."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from auth.api import examples
from auth.api.schemas import Links, Password
from auth.domain.session import Session
from chassis.schemas import StrictModel, pii


class SignedInSession(BaseModel):
    """A browser in which the account is signed in."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SESSION]})

    id: UUID
    started_at: datetime
    last_seen_at: datetime
    ends_at: Annotated[datetime, Field(description="When it ends if nobody uses it any more.")]
    address: Annotated[str, pii()]
    user_agent: str
    methods: Annotated[list[str], Field(description="How it was signed in to (RFC 8176).")]
    current: Annotated[bool, Field(description="Whether this request's token came from it.")]

    @classmethod
    def of(cls, session: Session, current: UUID | None) -> "SignedInSession":
        """Shows a session; the secret of its cookie is not part of it."""
        return cls(
            id=session.sid,
            started_at=session.started_at,
            last_seen_at=session.last_seen_at,
            ends_at=session.ends_at,
            address=session.visitor.address,
            user_agent=session.visitor.user_agent,
            methods=list(session.methods),
            current=session.sid == current,
        )


class SignedInSessions(BaseModel):
    """All of them, the newest first."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.SESSIONS]}
    )

    items: list[SignedInSession]
    links: Annotated[Links, Field(alias="_links")]


class PasswordChange(StrictModel):
    """The current password, and the one that takes its place. The same one again is allowed."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PASSWORD_CHANGE]})

    current_password: Annotated[SecretStr, Field(min_length=1, max_length=128)]
    new_password: Password
