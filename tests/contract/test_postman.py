"""The files in docs/postman/ are those that the code makes, and could run from top to bottom.

`python -m native.postman.run`, a tool of the suite e2e, really runs them with Newman.
"""

import json
from copy import deepcopy
from typing import Any

import pytest

from native.api_document import ORIGIN
from native.authorization import applications, operations
from native.postman.collection import COLLECTION, environment, files, requests_in, unexplained
from native.postman.walk import caller_of

Json = dict[str, Any]
SAMPLE = "01990000-0000-7000-8000"


@pytest.fixture(scope="module")
def collection() -> Json:
    return dict(json.loads(COLLECTION.read_text()))


def called(collection: Json) -> set[str]:
    """The operations whose answers are asserted."""
    every = json.dumps(collection).split(" answers as documented")
    return {part.rpartition('"')[2] for part in every[:-1]}


def test_the_files_are_current() -> None:
    for path, text in files().items():
        assert path.read_text() == text, "run ./souk docs postman"


def test_every_operation_that_a_person_may_call_is_called(collection: Json) -> None:
    every = [found for name, app in applications().items() for found in operations(name, app)]
    assert called(collection) == {found.name for found in every if caller_of(found) != ""}


def test_every_request_is_found_by_a_name_of_its_own(collection: Json) -> None:
    names = [one["name"] for one in requests_in(collection)]
    assert len(names) == len(set(names)) > 60


def test_no_request_needs_what_no_earlier_one_has_kept(collection: Json) -> None:
    assert unexplained(collection, environment(ORIGIN)) == []


def test_a_variable_that_comes_from_nowhere_is_seen(collection: Json) -> None:
    broken = deepcopy(collection)
    sign_in = broken["item"].pop(0)
    broken["item"].append(sign_in)
    found = unexplained(broken, environment(ORIGIN))
    assert found
    assert all(line.endswith(": customer_token") for line in found)


def test_no_sample_of_the_document_is_left_for_a_real_id(collection: Json) -> None:
    assert [r["name"] for r in requests_in(collection) if SAMPLE in json.dumps(r)] == []


def test_the_demos_passwords_are_marked_as_secrets() -> None:
    kinds = {value["key"]: value["type"] for value in environment(ORIGIN)["values"]}
    assert {name for name, kind in kinds.items() if kind == "secret"} == {
        *("customer_password", "admin_password", "newcomer_password"),
    }
