"""Settings come from the environment, and default secrets stop a production process."""

import pytest
from pydantic import SecretStr, ValidationError

from chassis.settings import PARTS, ServiceSettings


class SampleSettings(ServiceSettings):
    pepper: SecretStr = SecretStr("development-pepper")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SOUK_ENVIRONMENT": "test",
        "SOUK_PORT": "8123",
        "SOUK_RUN": "api, relay",
        "SOUK_DATABASE_URL": "postgresql://orders:pw@127.0.0.1:8083/orders",
        "SOUK_PEPPER": "salt",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
        "SENTRY_DSN": "http://key@127.0.0.1:9000/1",
    }.items():
        monkeypatch.setenv(name, value)
    settings = SampleSettings()
    assert (settings.environment, settings.port) == ("test", 8123)
    assert settings.dsn == "postgresql://orders:pw@127.0.0.1:8083/orders"
    assert settings.pepper.get_secret_value() == "salt"
    assert settings.otlp_endpoint == "http://127.0.0.1:4318"
    assert settings.sentry_dsn == "http://key@127.0.0.1:9000/1"
    assert settings.runs("api")
    assert not settings.runs("workers")


def test_what_is_empty_is_watched_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "SENTRY_DSN", "SOUK_TRACE_URL"):
        monkeypatch.setenv(name, "")
    settings = ServiceSettings()
    assert (settings.otlp_endpoint, settings.sentry_dsn, settings.trace_url) == (None, None, None)
    assert {settings.collected(signal) for signal in settings.otlp_signals} == {None}


def test_a_process_runs_every_part_unless_told_otherwise() -> None:
    assert ServiceSettings().run == PARTS


@pytest.mark.parametrize(
    "options", [{"run": "api,cron"}, {"port": 70000}, {"environment": "staging"}], ids=str
)
def test_a_wrong_setting_is_named(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(options))):
        ServiceSettings.model_validate(options)


def test_a_service_without_a_database_says_so_when_asked() -> None:
    with pytest.raises(ValueError, match="SOUK_DATABASE_URL"):
        _ = ServiceSettings().dsn


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"pepper": "x", "database_url": "postgresql://orders:souk@db/orders"},
        {"pepper": "x", "database_url": "postgresql://orders:orders@db/orders"},
        {"pepper": "x", "redis_url": "redis://:password@cache/0"},
    ],
    ids=str,
)
def test_default_secrets_are_refused_in_production(options: dict[str, str]) -> None:
    assert SampleSettings.model_validate({**options, "environment": "test"})
    with pytest.raises(ValidationError):
        SampleSettings.model_validate({**options, "environment": "production"})


def test_real_secrets_are_taken_in_production() -> None:
    url = "postgresql://orders:d4fG9-kk2@db/orders"
    assert SampleSettings(environment="production", pepper=SecretStr("x"), database_url=url)
