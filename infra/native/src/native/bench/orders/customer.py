"""Signs in as the shop's demo customer, as a browser does: code flow with PKCE, by the page.

So the bench's orders are a customer's own, and not what the operator does in somebody's name, which
the shop would write down in its audit trail. Used by `crowd.py`.
"""

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import httpx

from native.errors import StackError

EMAIL, PASSWORD = "customer@souk.example", "souk-demo-2026"
CLIENT = "swagger-ui"
_SCOPE = "orders:read orders:write"
_ACTION = re.compile(r'<form[^>]*\baction="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class NotSignedIn(StackError):
    """The shop did not let the demo customer in."""


async def sign_in(origin: str) -> Mapping[str, str]:
    """The header fields of a customer, good for five minutes. Raises NotSignedIn."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    redirect = f"{origin}/docs/oauth2-redirect"
    query = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": redirect,
        "scope": _SCOPE,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    async with httpx.AsyncClient(base_url=origin, trust_env=False, timeout=20) as browser:
        page = await browser.get("/oauth/authorize", params=query)
        action, hidden = _ACTION.search(page.text), dict(_HIDDEN.findall(page.text))
        if action is None:
            raise NotSignedIn(f"the sign-in page has no form: {page.status_code}")
        form = {name: html.unescape(value) for name, value in hidden.items()}
        form |= {"email": EMAIL, "password": PASSWORD}
        answer = await browser.post(html.unescape(action[1]), data=form)
        codes = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("code")
        if codes is None:
            raise NotSignedIn(f"{EMAIL} was not let in: {answer.status_code}")
        grant = {"grant_type": "authorization_code", "client_id": CLIENT, "code": codes[0]}
        grant |= {"redirect_uri": redirect, "code_verifier": verifier}
        token = (await browser.post("/oauth/token", data=grant)).json()
    return {"Authorization": f"Bearer {token['access_token']}"}
