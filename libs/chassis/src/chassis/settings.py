"""Settings that every service process has, read from the environment (prefix `SOUK_`).

A service subclasses `ServiceSettings` with what is its own. Outside development and test a
secret that still has its default, or a password that anybody would guess, stops the start.
"""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chassis import failpoints

PARTS = frozenset({"api", "relay", "consumers", "workers"})
SIGNALS = frozenset({"traces", "metrics", "logs"})

_GUESSABLE = frozenset({"souk", "password", "postgres", "changeme", "secret", "admin", "guest"})


class ServiceSettings(BaseSettings):
    """The common settings; ports are TCP ports, URLs are absolute."""

    model_config = SettingsConfigDict(
        env_prefix="SOUK_", extra="ignore", frozen=True, populate_by_name=True
    )

    environment: Literal["development", "test", "production"] = "development"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    # Which parts this process runs; the rest run elsewhere.
    run: Annotated[frozenset[str], NoDecode] = PARTS

    # Where a test has this process die, fail or wait; refused in production.
    failpoints: str = ""

    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    issuer: str = "http://localhost:8080"
    audience: str = "souk"
    # With commas between them where auth has several processes.
    jwks_url: str = "http://127.0.0.1:8090/.well-known/jwks.json"

    database_url: str | None = None
    redis_url: str = "redis://127.0.0.1:8084/0"
    mongo_url: str = "mongodb://127.0.0.1:8087/?directConnection=true"
    mongo_database: str = "catalog"
    kafka_bootstrap: str = "127.0.0.1:8085"

    # Two names that the whole industry uses, so they carry no prefix.
    otlp_endpoint: Annotated[str | None, Field(validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")] = (
        None
    )
    sentry_dsn: Annotated[str | None, Field(validation_alias="SENTRY_DSN")] = None
    # What of it goes to the OTLP endpoint, how often the metrics do, and the share of all requests
    # whose trace is recorded.
    otlp_signals: Annotated[frozenset[str], NoDecode] = SIGNALS
    otlp_metrics_seconds: Annotated[float, Field(gt=0)] = 10.0
    trace_sample: Annotated[float, Field(ge=0, le=1)] = 1.0
    # The share of good, fast requests that get a line in the log; all others always do.
    access_log_sample: Annotated[float, Field(ge=0, le=1)] = 1.0
    access_log_slow_ms: Annotated[float, Field(gt=0)] = 500.0
    # How long SIGUSR1 makes the log tell everything.
    debug_seconds: Annotated[float, Field(gt=0)] = 900.0
    # What was built, for traces and reports of errors, and where a trace is looked at:
    # `https://jaeger.example/trace/{trace_id}`.
    release: str = "dev"
    trace_url: str | None = None

    @field_validator("otlp_endpoint", "sentry_dsn", "trace_url", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        """As OpenTelemetry's specification has it: Compose hands an empty value on as one."""
        return value or None

    @field_validator("run", "otlp_signals", mode="before")
    @classmethod
    def _split_parts(cls, value: Any) -> Any:
        """Reads `api,relay` as a set of parts, and signals alike."""
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("run")
    @classmethod
    def _know_parts(cls, value: frozenset[str]) -> frozenset[str]:
        if unknown := value - PARTS:
            raise ValueError(f"unknown parts {sorted(unknown)}; there are {sorted(PARTS)}")
        return value

    @field_validator("otlp_signals")
    @classmethod
    def _know_signals(cls, value: frozenset[str]) -> frozenset[str]:
        if unknown := value - SIGNALS:
            raise ValueError(f"unknown signals {sorted(unknown)}; there are {sorted(SIGNALS)}")
        return value

    @field_validator("failpoints")
    @classmethod
    def _know_failpoints(cls, value: str) -> str:
        failpoints.parse(value)
        return value

    @model_validator(mode="after")
    def _refuse_failpoints(self) -> "ServiceSettings":
        if self.environment == "production" and self.failpoints:
            raise ValueError("failpoints are refused in production")
        return self

    @model_validator(mode="after")
    def _refuse_default_secrets(self) -> "ServiceSettings":
        if self.environment == "production":
            for name, field in type(self).model_fields.items():
                _refuse_default_secret(name, getattr(self, name), field.default)
        return self

    @property
    def dsn(self) -> str:
        """The database's URL, for a service that cannot do without; ValueError when not set."""
        if self.database_url is None:
            raise ValueError("SOUK_DATABASE_URL is not set")
        return self.database_url

    def runs(self, part: str) -> bool:
        """True when this process runs `part`: api, relay, consumers or workers."""
        return part in self.run

    def collected(self, signal: str) -> str | None:
        """The OTLP endpoint of traces, metrics or logs; None where they go nowhere."""
        return self.otlp_endpoint if signal in self.otlp_signals else None


def _refuse_default_secret(name: str, value: object, default: object) -> None:
    """Raises ValueError for a default SecretStr, or a URL with a password one would guess."""
    if isinstance(value, SecretStr) and value == default:
        raise ValueError(f"{name} still has its default, which is refused in production")
    if isinstance(value, str) and "://" in value:
        parts = urlsplit(value)
        if parts.password is not None and parts.password in _GUESSABLE | {parts.username}:
            raise ValueError(f"{name} has a password that anybody would guess")
