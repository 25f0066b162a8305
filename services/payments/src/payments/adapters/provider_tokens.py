"""The test tokens that the simulated provider understands, named as Stripe names its own.

`simulated_provider.py` looks every token up here; the service's README has the same table. Those
in lower case have no namesake at Stripe: they act out what networks and banks do.
"""

from dataclasses import dataclass
from enum import Enum


class Manner(Enum):
    """How the provider takes its time."""

    AT_ONCE = "at once"
    SLOWLY = "slowly"
    HANGS_ONCE = "does it, but never answers the first call"
    LATER = "takes it, and decides afterwards"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a token leads to; `declined` is the code of a refusal, None for an approval."""

    declined: str | None = None
    manner: Manner = Manner.AT_ONCE


_APPROVED = Behaviour()

TOKENS = {
    "tok_visa": _APPROVED,
    "tok_visa_debit": _APPROVED,
    "tok_mastercard": _APPROVED,
    "tok_amex": _APPROVED,
    "tok_chargeDeclined": Behaviour("card_declined"),
    "tok_chargeDeclinedInsufficientFunds": Behaviour("insufficient_funds"),
    "tok_chargeDeclinedExpiredCard": Behaviour("expired_card"),
    "tok_chargeDeclinedIncorrectCvc": Behaviour("incorrect_cvc"),
    "tok_chargeDeclinedFraudulent": Behaviour("fraudulent"),
    "tok_chargeDeclinedProcessingError": Behaviour("processing_error"),
    "tok_slow": Behaviour(manner=Manner.SLOWLY),
    "tok_timeout": Behaviour(manner=Manner.HANGS_ONCE),
    "tok_processing": Behaviour(manner=Manner.LATER),
    "tok_processing_declined": Behaviour("card_declined", Manner.LATER),
}

UNKNOWN = Behaviour("invalid_token")


def behaviour_of(token: str) -> Behaviour:
    """What the token leads to; one that nobody issued is declined as invalid_token."""
    return TOKENS.get(token, UNKNOWN)
