"""Where the simulated provider posts to: our public address, unless that leads elsewhere."""

import pytest

from payments.settings import PaymentsSettings

PATH = "/v1/payments/webhooks/simulated"


def test_notifications_go_to_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUK_ISSUER", "https://shop.example")
    assert PaymentsSettings().webhook_url == f"https://shop.example{PATH}"


def test_a_container_is_told_where_the_shop_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUK_PROVIDER_WEBHOOK_ORIGIN", "http://gateway:8080")
    assert PaymentsSettings().webhook_url == f"http://gateway:8080{PATH}"
