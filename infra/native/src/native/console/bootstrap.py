"""Puts the console together; nothing is opened before its lifespan but the file of spans.

`main.py` calls it, and whoever wants to know its routes: `native.authorization` and tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import FastAPI

from chassis.application import create_app
from chassis.jwks import HttpJwks
from chassis.process import Component
from chassis.tokens import TokenVerifier
from native.console.intake import LARGEST, Intake
from native.console.routes import CONSOLE_PROBLEMS, Console
from native.console.settings import ConsoleSettings
from native.console.store import SpanStore
from native.console.watch import Watch
from native.place import Place


@dataclass(frozen=True)
class Built:
    """The application and what runs beside it."""

    app: FastAPI
    components: Sequence[Component]
    store: SpanStore


def bootstrap(
    settings: ConsoleSettings,
    place: Place,
    *,
    verifier: TokenVerifier | None = None,
    store: SpanStore | None = None,
) -> Built:
    """The console of the stack in this place."""
    store = store or SpanStore(place.spans, settings.console_spans)
    intake, watch = Intake(store, settings.console_forward), Watch(place)
    app = create_app(
        service="console",
        settings=settings,
        routers=[Console(store, intake, watch).router()],
        problems=CONSOLE_PROBLEMS,
        verifier=verifier
        or TokenVerifier(settings.issuer, settings.audience, HttpJwks(settings.jwks_url)),
        checks={},
        container=None,
        title="Souk console",
        tags={"console": "What the shop is doing, and the way of each order."},
        body_limits={"/v1/": LARGEST},
    )
    return Built(app, (intake, watch), store)
