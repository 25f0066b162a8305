"""Options that cannot be meant are refused with the reason."""

import pytest

from native.options import BadOption, Options, parse_replicas, watchers


def test_replicas_name_a_service_and_a_number() -> None:
    assert parse_replicas(["orders=2", "catalog=3"]) == {"orders": 2, "catalog": 3}


def test_one_process_is_the_default_and_needs_no_mention() -> None:
    assert parse_replicas(["orders=1"]) == {}
    assert Options().count("orders") == 1


@pytest.mark.parametrize("text", ["gateway=2", "orders", "orders=0", "orders=10", "orders=x", "=2"])
def test_impossible_replicas_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match="replicas"):
        parse_replicas([text])


@pytest.mark.parametrize("base", [0, 1023, 65500, 70000])
def test_a_base_without_room_for_all_ports_is_refused(base: int) -> None:
    with pytest.raises(BadOption, match="port-base"):
        Options(port_base=base)


def test_only_the_standard_names_of_watchers_are_handed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setenv("SENTRY_DSN", "")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    assert watchers() == {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
