"""Bodies of client registration, in the words of RFC 7591 where it has them."""

from typing import Annotated, Any, Literal

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from pydantic import BaseModel, ConfigDict, Field, field_validator

from auth.domain.client import AuthMethod, Client
from auth.domain.redirect_uri import MAX_LENGTH
from chassis.schemas import StrictModel

Links = dict[str, dict[str, str]]
Method = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
Uri = Annotated[str, Field(max_length=MAX_LENGTH)]
Uris = Annotated[list[Uri], Field(max_length=20)]
Words = Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=50)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
PublicKey = Annotated[dict[str, Any], Field(max_length=10)]

CLIENT_ID = "01990000-0000-7000-8000-000000000c01"
REGISTRATION: dict[str, Any] = {
    "client_name": "Price watcher",
    "grant_types": ["authorization_code", "refresh_token"],
    "scopes": ["openid", "profile"],
    "redirect_uris": ["https://prices.example/callback"],
    "post_logout_redirect_uris": ["https://prices.example/"],
    "token_endpoint_auth_method": "client_secret_basic",
    "public_key": None,
    "first_party": False,
}
_PUBLIC_MEMBERS = {"RSA": {"n", "e"}, "EC": {"crv", "x", "y"}}
_LEAST_BITS = {"RSA": 2048, "EC": 256}
_OTHER_MEMBERS = {"kty", "kid", "use", "alg", "key_ops"}


class ClientRegistration(StrictModel):
    """Who wants to ask for tokens, how, and for what."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRATION]})

    client_name: Name
    grant_types: Words
    scopes: Words
    redirect_uris: Uris = Field(default_factory=list)
    post_logout_redirect_uris: Uris = Field(default_factory=list)
    token_endpoint_auth_method: Method = "none"  # noqa: S105
    public_key: Annotated[PublicKey | None, Field(description="A JWK, for private_key_jwt.")] = None
    first_party: Annotated[bool, Field(description="The shop's own: nobody is asked.")] = False

    @field_validator("public_key")
    @classmethod
    def _public_only(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        return value if value is None else usable_public_key(value)

    def wanted(self) -> Client:
        """Returns the client, without an id yet."""
        return Client(
            id="",
            name=self.client_name,
            grant_types=frozenset(self.grant_types),
            scopes=frozenset(self.scopes),
            redirect_uris=tuple(self.redirect_uris),
            post_logout_redirect_uris=tuple(self.post_logout_redirect_uris),
            auth_method=AuthMethod(self.token_endpoint_auth_method),
            public_key=self.public_key,
            first_party=self.first_party,
        )


class ClientPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396); how the client authenticates stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"client_name": "Price watch"}]})

    client_name: Name = ""
    grant_types: Words = Field(default_factory=list)
    scopes: Words = Field(default_factory=list)
    redirect_uris: Uris = Field(default_factory=list)
    post_logout_redirect_uris: Uris = Field(default_factory=list)
    first_party: bool = False

    def changes(self) -> dict[str, Any]:
        """Returns the fields that were given, as the client names them."""
        given = self.model_dump(include=self.model_fields_set)
        if "client_name" in given:
            given["name"] = given.pop("client_name")
        sets = {name: frozenset(given[name]) for name in ("grant_types", "scopes") if name in given}
        uris = ("redirect_uris", "post_logout_redirect_uris")
        return given | sets | {name: tuple(given[name]) for name in uris if name in given}


class RegisteredClient(BaseModel):
    """A registration. The secret is shown once, to whoever registered the client."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "client_id": CLIENT_ID,
                    **REGISTRATION,
                    "client_secret": None,
                    "_links": {"self": {"href": f"/v1/clients/{CLIENT_ID}"}},
                }
            ]
        },
    )

    client_id: str
    client_name: str
    grant_types: list[str]
    scopes: list[str]
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    token_endpoint_auth_method: str
    public_key: dict[str, Any] | None
    first_party: bool
    client_secret: Annotated[str | None, Field(description="At registration only.")] = None
    links: Annotated[Links, Field(alias="_links")]

    @classmethod
    def of(cls, client: Client, secret: str | None = None) -> "RegisteredClient":
        """Shows a registration."""
        return cls(
            client_id=client.id,
            client_name=client.name,
            grant_types=sorted(client.grant_types),
            scopes=sorted(client.scopes),
            redirect_uris=list(client.redirect_uris),
            post_logout_redirect_uris=list(client.post_logout_redirect_uris),
            token_endpoint_auth_method=client.auth_method.value,
            public_key=dict(client.public_key) if client.public_key else None,
            first_party=client.first_party,
            client_secret=secret,
            links={"self": {"href": f"/v1/clients/{client.id}"}},
        )


class ClientPage(BaseModel):
    """A page of registrations, by id."""

    model_config = ConfigDict(populate_by_name=True)

    items: list[RegisteredClient]
    links: Annotated[Links, Field(alias="_links")]


class ClientCursor(StrictModel):
    """Where a page goes on."""

    id: Annotated[str, Field(max_length=255)]


def usable_public_key(jwk: dict[str, Any]) -> dict[str, Any]:
    """Returns the key; raises ValueError unless it is public, and RSA or EC as we verify them."""
    members = _PUBLIC_MEMBERS.get(str(jwk.get("kty")))
    if members is None or not members <= jwk.keys() <= members | _OTHER_MEMBERS:
        raise ValueError("must be a public RSA or EC key")
    try:
        bits = _bits(jwk)
    except (JoseError, TypeError, ValueError) as error:
        raise ValueError("cannot be read") from error
    if bits < _LEAST_BITS[jwk["kty"]]:
        raise ValueError("is too short")
    return jwk


def _bits(jwk: dict[str, Any]) -> int:
    if jwk["kty"] == "RSA":
        return RSAKey.import_key(jwk).public_key.key_size
    # ES256 is the one algorithm that we take with such keys, and it has one curve.
    return ECKey.import_key(jwk).public_key.key_size if jwk["crv"] == "P-256" else 0
