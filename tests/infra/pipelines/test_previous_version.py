"""The version before works on the newest schema: its own tests say so, run on real servers."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from native import toolbox
from native.testing import Engines
from tests.infra.pipelines.migrations import breaks, revisions, services
from tests.infra.pipelines.previous import BRIEFLY, Before, NoHistory, Run, before, check_out, run

Checked = Callable[[str], Awaitable[Run]]
MANY = 10  # failures after which a run stops: enough to tell


def version_before(service: str) -> Before:
    try:
        return before(service)
    except NoHistory as why:
        if toolbox.required():
            raise
        pytest.skip(str(why))


def known(old: Before) -> list[str]:
    """What the version before is known to fail with on these migrations."""
    lines = [line for line in breaks() if line["service"] == old.service]
    return [line["error"] for line in lines if line["revision"] in old.new_revisions]


@pytest.fixture(scope="session")
def cores() -> asyncio.Semaphore:
    """Two runs at a time: most of each is waiting."""
    return asyncio.Semaphore(2)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def runs(
    engines: Engines, cores: asyncio.Semaphore, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, asyncio.Task[Run]]:
    """The runs of all services, begun at once; each test waits for its own."""

    async def one(old: Before) -> Run:
        folder: Path = tmp_path_factory.mktemp(f"before-{old.service}")
        async with cores:
            await asyncio.to_thread(check_out, old.commit, folder)
            database = await engines.database(old.service)
            if known(old):
                return await run(old, folder, engines, database, most=3, tests=BRIEFLY)
            return await run(old, folder, engines, database, most=MANY)

    begun = [version_before(service) for service in services()]
    return {old.service: asyncio.create_task(one(old)) for old in begun if old.new_revisions}


@pytest.mark.parametrize("service", services())
async def test_the_version_before_works_on_the_newest_schema(
    service: str, runs: dict[str, asyncio.Task[Run]]
) -> None:
    old = version_before(service)
    if service not in runs:
        pytest.skip(f"{service} has no migration since {old.commit[:12]}")
    went = await runs[service]
    expected = known(old)
    if expected:
        assert [error for error in expected if error not in went.told] == [], went.told[-2000:]
        return
    assert went.failed == (), went.told[-4000:]
    assert went.passed >= 10, "too few to say anything"


async def test_a_column_that_is_renamed_fails_the_version_before(
    engines: Engines, tmp_path: Path
) -> None:
    old = version_before("inventory")
    check_out(old.commit, tmp_path)
    database = await engines.database("inventory")
    planted = await asyncpg.connect(database)
    await planted.execute("ALTER TABLE stock RENAME COLUMN available TO free")
    await planted.close()
    went = await run(old, tmp_path, engines, database, most=1, tests=BRIEFLY)
    assert len(went.failed) == 1
    assert 'column "available" of relation "stock" does not exist' in went.told or (
        "available" in went.told and "UndefinedColumn" in went.told
    )


def test_no_known_break_is_of_a_migration_that_is_old_by_now() -> None:
    olds = {service: version_before(service) for service in services()}
    in_vain = [
        line for line in breaks() if line["revision"] not in olds[line["service"]].new_revisions
    ]
    assert in_vain == []


def test_every_revision_has_its_number_first_in_its_files_name() -> None:
    for service in services():
        assert all(old in revisions(service) for old in version_before(service).new_revisions)
