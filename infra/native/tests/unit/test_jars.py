"""Every jar is pinned by version and SHA-256, and a wrong one is never kept."""

import re
from pathlib import Path

import pytest

from native import jars


def test_every_line_of_the_lock_pins_a_hash_and_a_version() -> None:
    for jar in jars.locked():
        assert re.fullmatch(r"[0-9a-f]{64}", jar.sha256)
        assert re.fullmatch(r"[^:]+:[^:]+:\d[^:]*", jar.coordinate)
        assert jar.server in jars.SETS


def test_kafka_and_its_clients_are_of_one_version() -> None:
    names = [jar.coordinate for jar in jars.locked()]
    kafka = [name for name in names if name.startswith("org.apache.kafka:")]
    assert {name.rsplit(":", 1)[1] for name in kafka} == {"4.1.0"}
    assert any(":kafka-clients:" in name for name in kafka)


def test_no_jar_is_there_in_two_versions() -> None:
    named = [(jar.server, jar.coordinate.rsplit(":", 1)[0]) for jar in jars.locked()]
    assert len(named) == len(set(named))


def test_a_jar_with_other_bytes_is_found(tmp_path: Path) -> None:
    first = jars.locked()[0]
    path = first.path(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a jar")
    assert jars.damaged(tmp_path) == [first]
    assert first not in jars.missing(tmp_path)
    assert len(jars.missing(tmp_path)) == len(jars.locked()) - 1


def test_what_the_repository_serves_is_kept_only_with_the_right_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = tmp_path / "served.jar"
    served.write_bytes(b"malice")
    monkeypatch.setattr(jars, "download", lambda *_: served)
    with pytest.raises(jars.WrongJar, match="is not the jar"):
        jars.fetch(tmp_path / "jars")
    assert not served.exists()
    assert list((tmp_path / "jars").rglob("*.jar")) == []
