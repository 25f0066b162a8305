"""Keeps card numbers out of the system: recognises what looks like one in a payment token.

`application/authorise_payment.py` asks before anything is stored or logged. A card number (PAN)
has 13 to 19 digits with a check digit by Luhn's algorithm (ISO/IEC 7812-1, annex B).
"""

import re

_DIGIT_RUN = re.compile(r"\d(?:[ .-]?\d)+")
_SHORTEST, _LONGEST = 13, 19


def looks_like_card_number(text: str) -> bool:
    """Whether any run of digits in the text, spaces and dashes aside, could be a card number."""
    runs = (re.sub(r"\D", "", run) for run in _DIGIT_RUN.findall(text))
    return any(_SHORTEST <= len(run) <= _LONGEST and _passes_luhn(run) for run in runs)


def _passes_luhn(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
