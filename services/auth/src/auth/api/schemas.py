"""The bodies of the account API. A field that is not here, such as a role, is refused with 422."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from auth.api import examples
from auth.application.queries import UserView
from auth.domain.password_choice import PASSWORD_LENGTH
from auth.domain.user import NAME_LENGTH
from chassis.schemas import StrictModel, pii

Email = Annotated[str, Field(max_length=254, examples=["ada@example.com"]), pii(format="email")]
Name = Annotated[
    str,
    Field(min_length=NAME_LENGTH[0], max_length=NAME_LENGTH[-1], examples=["Ada Lovelace"]),
    pii(),
]
Password = Annotated[
    SecretStr,
    Field(
        min_length=PASSWORD_LENGTH[0],
        max_length=PASSWORD_LENGTH[-1],
        examples=["correct horse battery"],
    ),
]


Links = dict[str, dict[str, str]]


class Registration(StrictModel):
    """Who wants an account. The role is always customer."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REGISTRATION]})

    email: Email
    name: Name
    password: Password


class Import(StrictModel):
    """A customer from elsewhere, who gets an account without a password."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.IMPORT]})

    email: Annotated[Email, Field(examples=["ida.import@example.com"])]
    name: Annotated[Name, Field(examples=["Ida Import"])]


class ProfilePatch(StrictModel):
    """A JSON Merge Patch (RFC 7396) of one's own account."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PROFILE_PATCH]})

    name: Name = ""


class User(BaseModel):
    """An account as others may see it."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.USER]}
    )

    id: UUID
    email: Annotated[str, pii()]
    email_verified: bool
    name: Annotated[str, pii()]
    roles: list[str]
    imported: bool
    created_at: datetime
    links: Annotated[Links, Field(alias="_links")]

    @classmethod
    def of(cls, view: UserView, path: str) -> "User":
        """Shows an account, with a link to where the caller can read it."""
        return cls(
            id=view.id,
            email=view.email,
            email_verified=view.email_verified,
            name=view.name,
            roles=list(view.roles),
            imported=view.imported_by is not None,
            created_at=view.created_at,
            links={"self": {"href": path}},
        )
