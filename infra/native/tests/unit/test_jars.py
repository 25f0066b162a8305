"""Every jar is pinned by version and SHA-256, and a wrong one is never kept."""

import hashlib
import re
from pathlib import Path

import httpx
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


def test_what_the_repository_serves_is_kept_only_with_the_right_hash(tmp_path: Path) -> None:
    jar = jars.locked()[0]
    malice = httpx.MockTransport(lambda _: httpx.Response(200, content=b"malice"))
    wrong = pytest.raises(jars.WrongJar, match="is not the jar")
    with httpx.Client(transport=malice) as client, wrong:
        jars.fetch_one(client, jar, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_jar_is_asked_for_at_its_place_in_mavens_repository(tmp_path: Path) -> None:
    asked = []
    content = b"a jar"

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, content=content)

    digest = hashlib.sha256(content).hexdigest()
    jar = jars.Jar(digest, "kafka", "org.apache.kafka:kafka-clients:4.1.0")
    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        jars.fetch_one(client, jar, tmp_path)
    assert (tmp_path / "kafka" / "kafka-clients-4.1.0.jar").read_bytes() == content
    assert asked[0].endswith("/org/apache/kafka/kafka-clients/4.1.0/kafka-clients-4.1.0.jar")
