"""Every form of every page is safe from other sites: found by walking the application's routes.

A route that takes a form without checking where it came from would fail here before anybody
forgot to write its own test.
"""

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from services.auth.tests.api.test_account_page import sign_in
from services.auth.tests.world import World

# Endpoints for programs, which send no cookie: a client authenticates itself there. Sign-out by a
# client ends what its ID token names, and without one shows a form (`test_logout.py`).
FOR_PROGRAMS = re.compile(r"^/v1/.*|^/oauth/(token|revoke|introspect|userinfo|logout)$")
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)


def routes(app: FastAPI) -> Iterator[APIRoute]:
    """Each route, also those of routers that the application includes."""
    pending = list(app.routes)
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            yield route
        # FastAPI keeps an included router as one route around it.
        pending += getattr(getattr(route, "original_router", None), "routes", ())


def taking_forms(app: FastAPI) -> list[str]:
    return sorted(
        route.path
        for route in routes(app)
        if "POST" in (route.methods or ()) and not FOR_PROGRAMS.match(route.path)
    )


async def unsafe(api: httpx.AsyncClient, paths: list[str]) -> list[str]:
    """Those that answer a form without the browser's own token by anything but 403."""
    fields = {"email": "customer@souk.example", "password": "souk-demo-2026", "continue": "yes"}
    found = []
    for path in paths:
        for token in ({}, {"csrf": "0" * 64}):
            answer = await api.post(path, data=fields | token)
            if answer.status_code != 403:
                found.append(f"{path}: {answer.status_code}")
    return found


async def test_no_form_is_taken_from_another_site(api: httpx.AsyncClient, seeded: World) -> None:
    paths = taking_forms(seeded.app())
    assert len(paths) >= 8
    await sign_in(api)
    before = dict(seeded.sessions.kept)
    assert await unsafe(api, paths) == []
    assert seeded.sessions.kept.keys() == before.keys()
    assert seeded.uow.shelf.mails == {}


async def test_a_form_that_checks_nothing_is_seen(seeded: World) -> None:
    careless = APIRouter()

    @careless.post("/account/careless")
    async def take(request: Request) -> HTMLResponse:
        await request.body()
        return HTMLResponse("done")

    app = seeded.app()
    app.include_router(careless)
    assert "/account/careless" in taking_forms(app)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=seeded.issuer
    ) as browser:
        found = await unsafe(browser, ["/account/careless"])
    assert found == ["/account/careless: 200"] * 2


@pytest.mark.parametrize("path", ["/oauth/sign-in", "/account/forgotten-password", "/account"])
async def test_every_form_of_a_page_carries_the_token_of_its_browser(
    api: httpx.AsyncClient, path: str
) -> None:
    await sign_in(api)
    forms = _FORM.findall((await api.get(path)).text)
    assert forms
    for form in forms:
        assert 'method="post"' in form
        assert re.search(r'name="csrf" value="[0-9a-f]{64}"', form)
