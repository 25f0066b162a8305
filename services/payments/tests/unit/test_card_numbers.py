"""Whatever could be a card number is recognised, and the provider's tokens are not."""

import pytest

from payments.adapters.provider_tokens import TOKENS
from payments.domain.card_numbers import looks_like_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "378282246310005",
        "6011000990139424",
        "4222222222222",
        "tok_5555555555554444",
        "card=4000056655665556;cvc",
    ],
)
def test_a_card_number_is_recognised_however_it_is_written(text: str) -> None:
    assert looks_like_card_number(text)


@pytest.mark.parametrize(
    "text", ["4242424242424241", "424242424242", "42424242424242424242424", "tok_visa", ""]
)
def test_what_is_no_card_number_passes(text: str) -> None:
    assert not looks_like_card_number(text)


@pytest.mark.parametrize("token", TOKENS)
def test_no_test_token_looks_like_a_card_number(token: str) -> None:
    assert not looks_like_card_number(token)
