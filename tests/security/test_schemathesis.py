"""Schemathesis tries every operation of the merged document with what fits it and what does not.

The admin's token reaches all of them. No answer is a 5xx or one that the document does not have.
"""

from pathlib import Path

import pytest

from native.record import Record
from tests.e2e.shop import Shop
from tests.security.fuzzer import ENDING, fuzz, without
from tests.security.lying_service import lying_service

METHODS = {"get", "put", "post", "delete", "patch"}


async def operations(shop: Shop) -> int:
    paths = (await shop.call("GET", "/openapi.json")).json()["paths"]
    return sum(len(METHODS & path.keys()) for path in paths.values())


@pytest.mark.parametrize(
    ("phases", "examples", "least"), [("examples,coverage", 1, 30), ("fuzzing,stateful", 15, 12)]
)
async def test_no_answer_is_a_fault_or_undocumented(
    stack: Record, shop: Shop, tmp_path: Path, phases: str, examples: int, least: int
) -> None:
    admin = await shop.sign_in("admin@souk.example")
    found = await fuzz(
        stack.gateway_url,
        tmp_path,
        headers=admin.headers,
        phases=phases,
        examples=examples,
        options=without(ENDING),
    )
    assert found.failures == (), found.output
    assert found.operations == await operations(shop) - len(ENDING)
    assert found.cases >= least * found.operations


async def test_a_service_that_lies_about_its_answers_is_found_out(tmp_path: Path) -> None:
    async with lying_service() as url:
        found = await fuzz(
            url, tmp_path, headers={}, phases="examples,coverage,fuzzing", examples=20
        )
    assert {line.partition(":")[0] for line in found.failures} == {
        "Server error",
        "Undocumented status code",
        "Response violates schema",
    }
