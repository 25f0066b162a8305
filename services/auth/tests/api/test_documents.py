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
    for name, expected in (
        ("authorization_endpoint", {400}),
        ("jwks_uri", {200}),
        ("userinfo_endpoint", {401}),
    ):
        path = document[name].removeprefix(document["issuer"])
        assert (await api.get(path)).status_code in expected
    for name in ("token", "revocation", "introspection"):
        path = document[f"{name}_endpoint"].removeprefix(document["issuer"])
        assert (await api.post(path)).json()["error"] == "invalid_request", name


def test_authlib_finds_the_metadata_in_order() -> None:
    check_metadata(server_metadata("https://souk.example"))
    assert "jwks_uri" in rfc8414.AuthorizationServerMetadata.REGISTRY_KEYS


async def test_openid_connect_finds_the_same_document(api: httpx.AsyncClient) -> None:
    paths = ("oauth-authorization-server", "openid-configuration")
    one, other = [(await api.get(f"/.well-known/{path}")).json() for path in paths]
    assert one == other
    assert one["id_token_signing_alg_values_supported"] == ["RS256"]
    assert one["subject_types_supported"] == ["public"]
    assert "none" not in one["introspection_endpoint_auth_methods_supported"]
    assert one["request_uri_parameter_supported"] is False


async def test_every_documented_operation_has_an_id_a_tag_and_a_summary(
    api: httpx.AsyncClient,
) -> None:
    document = (await api.get("/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert sorted(ids) == [
        *("change_client", "change_own_password", "change_own_profile", "end_own_session"),
        *("end_own_sessions", "import_user", "list_audit_entries", "list_clients"),
        *("list_own_sessions", "read_client", "read_jwks", "read_openid_configuration"),
        *("read_own_profile", "read_server_metadata", "read_user", "read_userinfo"),
        *("register_client", "register_user", "remove_client", "rotate_signing_key"),
    ]
    assert all(operation["tags"] and operation["summary"] for operation in operations)
