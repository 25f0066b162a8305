"""Words, slugs and search terms: one reading for names and queries alike."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.errors import InvalidSearch
from catalog.domain.slugs import slug_candidates, slug_of
from catalog.domain.words import plain_words, search_terms, search_words, stem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CHILDREN'S T-LIGHT", ["childrens", "t", "light"]),
        ("Café  crème", ["cafe", "creme"]),
        ("SET/6 RED_SPOTTY+PAPER,PLATES.", ["set", "6", "red", "spotty", "paper", "plates"]),
        ("Straße ½", ["strasse", "1", "2"]),
        ("$where {$ne: 1}", ["where", "ne", "1"]),
        ("!?", []),
    ],
)
def test_words_carry_no_case_accents_or_punctuation(text: str, words: list[str]) -> None:
    assert plain_words(text) == words


@pytest.mark.parametrize(
    ("word", "singular"),
    [
        ("candles", "candle"),
        ("cherries", "cherry"),
        ("boxes", "box"),
        ("dishes", "dish"),
        ("watches", "watch"),
        ("glass", "glass"),
        ("glasses", "glass"),
        ("circus", "circus"),
        ("gas", "gas"),
        ("red", "red"),
    ],
)
def test_a_plural_and_its_singular_meet(word: str, singular: str) -> None:
    assert stem(word) == singular


def test_a_product_is_found_by_its_words_as_written_and_in_the_singular() -> None:
    assert search_words("RED CANDLES", "85123A") == ["85123a", "candle", "candles", "red"]


def test_all_words_of_a_search_must_be_whole_but_the_last() -> None:
    terms = search_terms("Red candles, hea")
    assert (terms.whole, terms.begun) == (("candle", "red"), "hea")


@pytest.mark.parametrize("text", ["", " ", "!!", "a b c d e f g h i j k"])
def test_a_search_without_words_or_with_too_many_is_refused(text: str) -> None:
    with pytest.raises(InvalidSearch):
        search_terms(text)


@given(st.text(max_size=200))
def test_any_text_is_found_by_its_own_words(text: str) -> None:
    known = search_words(text)
    for word in plain_words(text):
        assert word in known
        assert stem(word) in known


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", "white-hanging-heart-t-light-holder"),
        ("*Boombox Ipod Classic", "boombox-ipod-classic"),
        ("DOCTOR'S BAG", "doctors-bag"),
        ("Ключ key", "key"),
        ("日本", ""),
    ],
)
def test_a_slug_is_the_names_words(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_slugs_that_are_taken_lead_to_the_code_and_then_to_numbers() -> None:
    expected = ["red-mug", "red-mug-85123", "red-mug-85123-2", "red-mug-85123-3"]
    assert list(islice(slug_candidates("RED MUG", "85123"), 4)) == expected
    assert list(islice(slug_candidates("日本", "85123"), 2)) == ["85123", "85123-2"]


@given(st.text(max_size=300))
def test_every_slug_is_one_that_the_api_takes(name: str) -> None:
    for slug in islice(slug_candidates(name, "85123"), 3):
        assert len(slug) <= 160
        assert slug == slug.lower()
        assert all(part.isascii() and part.isalnum() for part in slug.split("-"))
