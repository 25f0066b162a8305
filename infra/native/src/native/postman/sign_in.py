"""The login flow as requests: the authorization code with PKCE, through the sign-in page itself.

It does what a browser and a client do together, so it needs no window and runs in Newman.
`prompt=login` asks for the form even where somebody is signed in (OpenID Connect Core §3.1.2.1).
"""

from collections.abc import Mapping

from native.postman.requests import Json, script

CLIENT = "swagger-ui"


def sign_in(who: str, scopes: str) -> Json:
    """Returns the folder that ends with `<who>_token` in the environment."""
    return {
        "name": f"Sign in as {who}",
        "item": [_page(who, scopes), _form(who), _token(who)],
    }


def _page(who: str, scopes: str) -> Json:
    asked = {
        "response_type": "code",
        "client_id": "{{client_id}}",
        "redirect_uri": "{{redirect_uri}}",
        "scope": scopes,
        "state": "{{state}}",
        "code_challenge": "{{code_challenge}}",
        "code_challenge_method": "S256",
        "prompt": "login",
    }
    raw = "&".join(f"{name}={value}" for name, value in asked.items())
    url = {
        "raw": "{{origin}}/oauth/authorize?" + raw,
        "host": ["{{origin}}"],
        "path": ["oauth", "authorize"],
        "query": [{"key": name, "value": value} for name, value in asked.items()],
    }
    request = {"method": "GET", "auth": {"type": "noauth"}, "header": [], "url": url}
    return {
        "name": f"Open the sign-in page as {who}",
        "event": [
            {"listen": "prerequest", "script": script("open_page")},
            {"listen": "test", "script": script("read_page")},
        ],
        "request": request,
    }


def _form(who: str) -> Json:
    fields = {
        "csrf": "{{csrf}}",
        "email": f"{{{{{who}_email}}}}",
        "password": f"{{{{{who}_password}}}}",
    }
    return {
        "name": f"Send its form as {who}",
        "protocolProfileBehavior": {"followRedirects": False},
        "event": [{"listen": "test", "script": script("read_code")}],
        "request": _post(
            {"raw": "{{origin}}{{sign_in_action}}", "host": ["{{origin}}{{sign_in_action}}"]},
            fields,
        ),
    }


def _token(who: str) -> Json:
    fields = {
        "grant_type": "authorization_code",
        "code": "{{code}}",
        "redirect_uri": "{{redirect_uri}}",
        "client_id": "{{client_id}}",
        "code_verifier": "{{code_verifier}}",
    }
    url = {"raw": "{{origin}}/oauth/token", "host": ["{{origin}}"], "path": ["oauth", "token"]}
    return {
        "name": f"Exchange the code for a token as {who}",
        "event": [{"listen": "test", "script": script("keep_token", WHO=who)}],
        "request": _post(url, fields),
    }


def _post(url: Json, fields: Mapping[str, str]) -> Json:
    form = [{"key": name, "value": value} for name, value in fields.items()]
    return {
        "method": "POST",
        "auth": {"type": "noauth"},
        "header": [],
        "body": {"mode": "urlencoded", "urlencoded": form},
        "url": url,
    }
