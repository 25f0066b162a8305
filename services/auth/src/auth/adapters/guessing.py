"""How soon a guesser would come to a password, by zxcvbn (Wheeler, USENIX Security 2016).

`passwords.py` calls it on its threads. The lists of leaked passwords, names and words come with the
package, so nothing leaves this process.
"""

import threading
from collections.abc import Sequence

from zxcvbn import zxcvbn

# Signs that may stand for several letters multiply its work: 72 of them take seconds, 20 take
# 0.3 s. What comes after only makes a password harder to guess.
JUDGED = 20
SAFE_SCORE = 3  # of 4: more than 10^8 guesses, far beyond what the throttle lets through

# zxcvbn keeps the words of the call in a table of its module.
_one_at_a_time = threading.Lock()


def guessable(password: str, about: Sequence[str]) -> bool:
    """True when a guesser who knows the words `about` the account needs at most 10^8 tries."""
    with _one_at_a_time:
        words = [word[:JUDGED] for word in about]
        score: int = zxcvbn(password[:JUDGED], user_inputs=words)["score"]
    return score < SAFE_SCORE
