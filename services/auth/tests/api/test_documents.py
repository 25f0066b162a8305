"""What the service publishes about itself: keys, metadata and its OpenAPI document."""

import httpx
from authlib.oauth2 import rfc8414

from auth.application.protocol import check_metadata
from auth.application.server_metadata import server_metadata
from services.auth.tests.world import World


async def test_the_key_set_has_public_halves_only(api: httpx.AsyncClient, seeded: World) -> None:
    answer = await api.get("/.well-known/jwks.json")
    (key,) = answer.json()["keys"]
    assert key.keys() == {"kty", "n", "e", "kid", "use", "alg"}
    assert key["kid"] == seeded.keys.signer.kid
    assert answer.headers["cache-control"] == "public, max-age=300"


async def test_the_metadata_names_real_endpoints(api: httpx.AsyncClient) -> None:
    document = (await api.get("/.well-known/oauth-authorization-server")).json()
    assert document["issuer"] == "http://localhost:8080"
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    for name in ("authorization_endpoint", "jwks_uri"):
        path = document[name].removeprefix(document["issuer"])
        assert (await api.get(path)).status_code in {200, 400}
    assert (await api.post("/oauth/token")).json()["error"] == "invalid_request"


def test_authlib_finds_the_metadata_in_order() -> None:
    for machines in (True, False):
        check_metadata(server_metadata("https://souk.example", machines=machines))
    assert "jwks_uri" in rfc8414.AuthorizationServerMetadata.REGISTRY_KEYS


def test_without_machines_their_grants_are_not_offered() -> None:
    document = server_metadata("https://souk.example", machines=False)
    assert document["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert document["token_endpoint_auth_methods_supported"] == ["none"]


async def test_every_documented_operation_has_an_id_a_tag_and_a_summary(
    api: httpx.AsyncClient,
) -> None:
    document = (await api.get("/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert sorted(ids) == [
        *("change_own_password", "change_own_profile", "end_own_session", "end_own_sessions"),
        *("import_user", "list_own_sessions", "read_jwks", "read_own_profile"),
        *("read_server_metadata", "read_user", "register_user"),
    ]
    assert all(operation["tags"] and operation["summary"] for operation in operations)
