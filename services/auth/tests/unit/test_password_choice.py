"""Which passwords somebody may choose: not the famous ones, not one's own name, and any phrase."""

import threading
import time

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from auth.adapters.guessing import JUDGED, guessable
from auth.application.choose_password import choose_password
from auth.domain.errors import InvalidField
from auth.domain.password_choice import SHOP_WORDS, words_about
from auth.domain.rights import Role
from services.auth.tests.fakes import QuickPasswords

ADA = {"email": "ada.byron@analytical.example", "name": "Ada Lovelace"}
# From the top of published lists of leaked passwords: those that are long enough for us.
FAMOUS = [
    *("1234567890", "password123", "qwertyuiop", "0123456789", "1q2w3e4r5t"),
    *("12345678910", "qwerty12345", "iloveyou123"),
    *("Password123!", "passwordpassword", "football123", "basketball", "princess123"),
    *("letmein1234", "1111111111"),
    *("q1w2e3r4t5", "abcdefghij", "P@ssw0rd1234", "trustno1trustno1", "welcome2026"),
    *("administrator", "aaaaaaaaaaaa"),
    *("unbelievable", "9876543210", "asdfghjkl;", "zxcvbnm,./", "michelle123"),
    *("superman123", "1qaz2wsx3edc", "123qweasdzxc"),
]
# Whoever writes down one sign after the other that might stand for a letter, or for two of them.
COSTLY = "4@({[<69!|1$5+7038%2"


async def choose(password: str, passwords: QuickPasswords | None = None) -> str:
    return await choose_password(password, **ADA, passwords=passwords or QuickPasswords())


@pytest.mark.parametrize("length", [0, 9, 129])
async def test_a_password_of_the_wrong_length_is_refused(length: int) -> None:
    with pytest.raises(InvalidField, match="10 to 128"):
        await choose("x" * length)


@pytest.mark.parametrize("password", FAMOUS)
async def test_a_famous_password_is_refused_and_never_hashed(password: str) -> None:
    passwords = QuickPasswords()
    assert len(password) >= 10
    with pytest.raises(InvalidField, match="easy to guess"):
        await choose(password, passwords)
    assert passwords.computed == 0


def test_every_leaked_password_of_the_list_is_refused() -> None:
    leaked = [password for password in FREQUENCY_LISTS["passwords"] if len(password) >= 10]
    assert len(leaked) > 1000
    assert [password for password in leaked if not guessable(password, ())] == []


@pytest.mark.parametrize(
    "password",
    [
        *("souk-demo-2026", "correct horse battery", "a few new words", "purple-monkey-dishwasher"),
        *("Ich esse gern Kuchen", "爱丽丝追着白兔子跑进了洞", "\U0001f9c0 cheese is not a moon"),
        *("kQ7vTz2mRx", "lower case only please", "x marks the spot " * 7),
    ],
)
async def test_a_phrase_of_any_characters_is_taken_as_it_is(password: str) -> None:
    assert await choose(password) == f"hash of {password}"


@pytest.mark.parametrize(
    "password",
    [
        *("adalovelace", "AdaLovelace1", "ada.byron@analytical.example", "Ada.Byron.1815"),
        *("byronanalytical", "lovelace-souk", "souk-merchandiser", "Ada Lovelace"),
    ],
)
async def test_what_a_guesser_knows_of_the_account_and_the_shop_is_refused(password: str) -> None:
    with pytest.raises(InvalidField, match="easy to guess"):
        await choose(password)


def test_the_same_is_taken_from_somebody_else() -> None:
    own = "trimbolekqwelvonax"
    assert guessable(own, words_about("t@example.com", "Trimbolek Qwelvonax"))
    assert not guessable(own, words_about(**ADA))


def test_the_words_of_the_shop_name_its_roles() -> None:
    assert {"souk", *Role} <= set(SHOP_WORDS) <= set(words_about(**ADA))


def test_a_password_made_to_be_costly_is_judged_in_little_time() -> None:
    started = time.thread_time()
    assert not guessable(COSTLY * 6, words_about(**ADA))
    assert time.thread_time() - started < 2
    assert guessable("a" * JUDGED + COSTLY, ()), "no more than the beginning is looked at"


def test_accounts_that_are_judged_at_once_do_not_mix_their_words() -> None:
    wrong: list[str] = []

    def judge(own: str, other: str) -> None:
        for _ in range(100):
            if not guessable(own, [own]) or guessable(own, [other]):
                wrong.append(own)

    words = ("xqvunobelidat", "mivzatrokwepuj")
    threads = [threading.Thread(target=judge, args=pair) for pair in (words, words[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
