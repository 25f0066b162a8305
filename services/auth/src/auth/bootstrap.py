"""The composition root: the only module that knows which adapter stands behind which port.

`main.py` runs what `bootstrap` returns. Nothing connects before the application's lifespan; the
API's tests call `make_app` with a container of fakes.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass

from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Lifespan

from auth.adapters.assertions import JwtAssertions
from auth.adapters.audit_trail import SqlAuditReads
from auth.adapters.departures import RedisDepartures
from auth.adapters.device_seal import DeviceSeal
from auth.adapters.key_rows import RsaKeys
from auth.adapters.key_store import KeyStore
from auth.adapters.openid_provider import OpenIdProviders
from auth.adapters.passwords import Argon2Passwords
from auth.adapters.queries import SqlQueries
from auth.adapters.redis_store import RedisSpentAssertions
from auth.adapters.second_steps import RedisSecondSteps
from auth.adapters.session_store import RedisSessions
from auth.adapters.throttle import RedisThrottle
from auth.adapters.token_maker import FormSeal, SignedTokens
from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.api import (
    account_routes,
    audit_routes,
    client_routes,
    federation_routes,
    key_routes,
    link_routes,
    logout_routes,
    routes,
    second_factor_routes,
    second_step_routes,
    session_routes,
    sign_in_routes,
    token_routes,
    userinfo_routes,
    well_known_routes,
)
from auth.api.dependencies import Container
from auth.api.federation_routes import CALLBACK_PATH
from auth.api.oauth_errors import install_oauth_handlers
from auth.api.problems import PROBLEMS
from auth.application.authenticate_client import ClientChecks
from auth.application.grant_token import TokenServices
from auth.application.seed import register_operator, seed_demo
from auth.application.server_metadata import TOKEN_PATH, server_metadata
from auth.components import components
from auth.domain.rights import SCOPES
from auth.settings import AuthSettings
from chassis.application import create_app
from chassis.clock import utcnow
from chassis.database import create_engine, database_check, disposing
from chassis.encryption import Encryption
from chassis.health import Check
from chassis.process import Component
from chassis.tokens import TokenVerifier

TAGS = {
    "oauth": "Where the authorization server is and with which keys it signs.",
    "audit": "Who changed what with a staff role, as a machine or on behalf of another.",
    "clients": "Register the programs that may ask for tokens.",
    "keys": "Rotate the keys that sign tokens.",
    "users": "Register, read and change accounts.",
}


@dataclass(frozen=True, slots=True)
class Service:
    """What a process runs."""

    app: FastAPI
    components: list[Component]


def bootstrap(settings: AuthSettings) -> Service:
    """Wires everything to real servers; raises ValueError without a database's address."""
    engine = create_engine(settings.dsn, name="auth")
    redis = Redis.from_url(
        settings.redis_url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2
    )
    keys = KeyStore(engine, Encryption(settings.encryption_keys))
    passwords = Argon2Passwords()
    container = _container(settings, engine, redis, keys, passwords)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with disposing(engine), aclosing(redis):
            with closing(passwords):
                await keys.load()
                await _seed(settings, container)
                yield

    verifier = TokenVerifier(settings.issuer, settings.audience, keys)
    checks = {"database": database_check(engine), "redis": _redis_check(redis)}
    app = make_app(settings, container, verifier, checks, lifespan)
    return Service(app, components(settings, engine, redis, keys, container.new_uow))


def make_app(
    settings: AuthSettings,
    container: Container,
    verifier: TokenVerifier,
    checks: Mapping[str, Check],
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """Returns the application around a container, which may hold fakes."""
    app = create_app(
        service="auth",
        settings=settings,
        routers=[
            routes.router,
            session_routes.router,
            account_routes.router,
            link_routes.router,
            federation_routes.router,
            second_factor_routes.router,
            second_step_routes.router,
            audit_routes.router,
            client_routes.router,
            key_routes.router,
            logout_routes.router,
            sign_in_routes.router,
            token_routes.router,
            userinfo_routes.router,
            well_known_routes.router,
        ],
        problems=PROBLEMS,
        verifier=verifier,
        checks=checks,
        container=container,
        lifespan=lifespan,
        title="Souk auth",
        description="Accounts, sign-in and tokens.",
        tags=TAGS,
        scopes=SCOPES,
    )
    install_oauth_handlers(app)
    return app


def _container(
    settings: AuthSettings,
    engine: AsyncEngine,
    redis: "Redis",
    keys: KeyStore,
    passwords: Argon2Passwords,
) -> Container:
    issuer = settings.issuer
    encryption = Encryption(settings.encryption_keys)
    return Container(
        issuer=issuer,
        new_uow=lambda: AuthUnitOfWork(engine, encryption),
        queries=SqlQueries(engine),
        audit=SqlAuditReads(engine),
        passwords=passwords,
        sessions=RedisSessions(redis),
        token_services=TokenServices(
            tokens=SignedTokens(keys, issuer=issuer, audience=settings.audience),
            clients=ClientChecks(
                assertions=JwtAssertions([issuer, issuer + TOKEN_PATH]),
                spent=RedisSpentAssertions(redis),
            ),
        ),
        access_tokens=TokenVerifier(issuer, settings.audience, keys),
        key_maker=RsaKeys(encryption),
        form_seals=FormSeal(keys),
        device_seals=DeviceSeal(keys),
        second_steps=RedisSecondSteps(redis),
        throttle=RedisThrottle(redis),
        providers=OpenIdProviders(settings.identity_providers, issuer + CALLBACK_PATH),
        departures=RedisDepartures(redis),
        trusted_proxies=settings.trusted_proxies,
        jwks=keys.public_set,
        metadata=server_metadata(issuer),
        clock=utcnow,
    )


async def _seed(settings: AuthSettings, container: Container) -> None:
    await register_operator(container.new_uow(), settings.operator_jwk, container.clock())
    if settings.seed_demo:
        await seed_demo(container.new_uow, container.passwords, settings.issuer, container.clock())


def _redis_check(redis: "Redis") -> Check:
    async def check() -> None:
        await redis.ping()

    return check
