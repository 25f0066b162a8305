"""Every route of every service is reached through the gateway, and has a limit that fits it.

The services' routers are read as they are; no server is needed.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from gateway.edge.routing import ROUTES, prefix_of
from gateway.limits.policy import PolicyTable

SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications")
# What a guesser would try, or what makes us write mail to strangers: asked with POST, none of it
# may have the wide limits of other writes.
GUARDED = {
    "/oauth/sign-in": "sign_in",
    "/oauth/sign-in/second-step": "sign_in",
    "/oauth/token": "token",
    "/oauth/revoke": "token",
    "/oauth/introspect": "token",
    "/account/password": "sign_in",
    "/account/password-reset": "sign_in",
    "/account/email-verification": "sign_in",
    "/account/forgotten-password": "mail",
    "/account/verification-mail": "mail",
    "/v1/users": "register",
}


def routes_of(service: str) -> Iterator[APIRoute]:
    api = import_module(f"{service}.api")
    for found in iter_modules(api.__path__):
        router = getattr(import_module(f"{service}.api.{found.name}"), "router", None)
        if isinstance(router, APIRouter):
            yield from (route for route in router.routes if isinstance(route, APIRoute))


def takes_post(route: APIRoute) -> bool:
    return "POST" in (route.methods or ())


@pytest.mark.parametrize("service", SERVICES)
def test_each_route_leads_to_its_service(service: str) -> None:
    routes = list(routes_of(service))
    assert routes
    lost = [route.path for route in routes if ROUTES.get(prefix_of(route.path.encode())) != service]
    assert lost == []


def test_what_can_be_guessed_has_a_tight_limit() -> None:
    table = PolicyTable()
    posted = {route.path for route in routes_of("auth") if takes_post(route)}
    assert GUARDED.keys() <= posted
    for path, route_class in GUARDED.items():
        assert table.find("POST", path, "customer").route_class == route_class


def test_every_form_of_the_account_pages_has_a_tight_limit() -> None:
    table = PolicyTable()
    for route in routes_of("auth"):
        if route.path.startswith("/account") and takes_post(route):
            policy = table.find("POST", route.path, "anonymous")
            assert policy.route_class in ("sign_in", "mail", "register"), route.path
