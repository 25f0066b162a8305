"""What a password may be: how long, and which words a guesser would try first.

`application/choose_password.py` applies it wherever somebody chooses one. SHOP_WORDS is the list
of words of this shop that OWASP ASVS 6.1.2 asks for.
"""

import re

from auth.domain.errors import InvalidField
from auth.domain.rights import Role

# NIST SP 800-63B asks for length, not for character classes; the upper limit only keeps the
# work of hashing bounded.
PASSWORD_LENGTH = range(10, 129)
SHOP_WORDS = ("souk", "soukshop", "shop", "store", "market", "bazaar", "demo", "operator", *Role)

_WORD = re.compile(r"[^\W_]+")


def check_length(password: str, field_name: str) -> None:
    """Raises InvalidField when the password is too short or too long, in code points."""
    if len(password) not in PASSWORD_LENGTH:
        shortest, longest = PASSWORD_LENGTH[0], PASSWORD_LENGTH[-1]
        raise InvalidField(field_name, f"must have {shortest} to {longest} characters")


def words_about(email: str, name: str) -> tuple[str, ...]:
    """Returns what a guesser knows of this account: its address, its name, the shop's words."""
    whole = (email, email.partition("@")[0], name, "".join(_WORD.findall(name)))
    return tuple(dict.fromkeys((*whole, *_WORD.findall(f"{email} {name}"), *SHOP_WORDS)))
