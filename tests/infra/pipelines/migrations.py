"""What the migrations do, as SQL, and what is said against it: by squawk, and by a rule of our own.

The tests beside it compare the findings with the exceptions in `infra/pipelines/migrations.toml`.
The SQL is what `alembic upgrade X:Y --sql` writes; no database is needed.
"""

import io
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from native.place import CHECKOUT

TABLE = CHECKOUT / "infra" / "pipelines" / "migrations.toml"
SQUAWK = CHECKOUT / "infra" / "pipelines" / "squawk.toml"
# A change of every row holds its locks for as long as it takes; it is done in batches, outside.
WHOLE_TABLE = "whole-table-change"
_CHANGE = re.compile(r"^(?:UPDATE|DELETE FROM)\s+(?!alembic_version)\w+", re.MULTILINE)
_BODY = re.compile(r"\$(\w*)\$.*?\$\1\$", re.DOTALL)


@dataclass(frozen=True, order=True)
class Finding:
    """One rule that one migration breaks."""

    service: str
    revision: str
    rule: str


def services(checkout: Path = CHECKOUT) -> list[str]:
    """The services that keep their data in tables."""
    return sorted(path.parent.name for path in checkout.glob("services/*/alembic.ini"))


def revisions(service: str, checkout: Path = CHECKOUT) -> list[str]:
    """A service's revisions, the oldest first."""
    config = Config(str(checkout / "services" / service / "alembic.ini"))
    walked = ScriptDirectory.from_config(config).walk_revisions()
    return [script.revision for script in walked][::-1]


def sql(service: str, before: str, revision: str, checkout: Path = CHECKOUT) -> str:
    """What `alembic upgrade BEFORE:REVISION --sql` writes."""
    told = io.StringIO()
    ini = checkout / "services" / service / "alembic.ini"
    command.upgrade(Config(str(ini), output_buffer=told), f"{before}:{revision}", sql=True)
    return told.getvalue()


def findings(squawk: Path, folder: Path, checkout: Path = CHECKOUT) -> set[Finding]:
    """All that is said against any migration; `folder` is where the SQL is put."""
    found: set[Finding] = set()
    for service in services(checkout):
        ours = revisions(service, checkout)
        for before, revision in zip(["base", *ours], ours, strict=False):
            text = sql(service, before, revision, checkout)
            rules = said(squawk, text, folder / f"{service}-{revision}.sql")
            found |= {Finding(service, revision, rule) for rule in rules}
    return found


def said(squawk: Path, text: str, file: Path) -> Iterator[str]:
    """The rules that a text of SQL breaks, as squawk and we say."""
    file.write_text(text)
    done = subprocess.run(
        [str(squawk), "--config", str(SQUAWK), "--reporter", "json", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    yield from {str(one["rule_name"]) for one in json.loads(done.stdout)}
    if _CHANGE.search(_BODY.sub("", text)):
        yield WHOLE_TABLE


def exceptions() -> list[dict[str, Any]]:
    """The findings that are accepted, each with its reason."""
    return list(tomllib.loads(TABLE.read_text())["exception"])


def breaks() -> list[dict[str, Any]]:
    """The migrations after which the version before is known to fail."""
    return list(tomllib.loads(TABLE.read_text()).get("breaks", []))


def accepted(found: set[Finding]) -> set[Finding]:
    """Those that an exception speaks of."""
    return {one for one in found for line in exceptions() if covers(line, one)}


def covers(line: dict[str, Any], one: Finding) -> bool:
    """Whether a line of the table speaks of a finding."""
    same = line["revision"] == one.revision and line["rule"] == one.rule
    return same and line["service"] in ("*", one.service)
