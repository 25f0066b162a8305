"""One suite over the folder, the bucket and the fake, so that any of them may stand for another.

Their presigned URLs are sent as a browser would send them: to moto itself, and for the folder to
the door behind the route.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from errno import ENOSPC
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import boto3
import httpx
import pytest

from catalog.adapters.folder_media import FolderMedia
from catalog.adapters.s3_media import S3Media
from catalog.domain.errors import UploadRefused
from catalog.domain.media import DRAFTS, FOR_EVER, MediaStore, MediaStoreDown, UploadDoor
from catalog.domain.pictures import Upload, new_upload
from catalog.testing_media import MemoryMedia
from chassis.ids import uuid7
from services.catalog.tests.integration.conftest import PAGE

REGION = "eu-west-2"
NAME = f"v1/media/{'ab' * 32}.webp"


@dataclass
class Store:
    """A store, and its door where it has one."""

    media: MediaStore
    door: UploadDoor | None

    async def put(self, url: str, headers: dict[str, str], data: bytes) -> int:
        """Sends the presigned request; returns the status."""
        if self.door is None:
            async with httpx.AsyncClient() as http:
                return (await http.put(url, headers=headers, content=data)).status_code
        said = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        try:
            await self.door.take(
                urlsplit(url).path.rpartition("/")[2],
                expires=int(said["expires"]),
                signature=said["signature"],
                content_type=headers["Content-Type"],
                data=data,
            )
        except UploadRefused:
            return 403
        return 200


@pytest.fixture(params=["memory", "folder", "s3"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, credentials: None
) -> AsyncIterator[Store]:
    if request.param == "memory":
        memory = MemoryMedia()
        yield Store(memory, memory)
    elif request.param == "folder":
        folder = FolderMedia(tmp_path, origin="http://localhost:8080", key=b"k" * 32)
        yield Store(folder, folder)
    else:
        yield Store(bucket(request.getfixturevalue("moto_url")), None)


def bucket(endpoint: str) -> S3Media:
    """A bucket of its own."""
    name = f"media-{uuid4().hex[:12]}"
    client: Any = boto3.client("s3", region_name=REGION, endpoint_url=endpoint)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return S3Media(name, region=REGION, endpoint=endpoint)


def upload(size: int = 4, content_type: str = "image/png") -> Upload:
    return new_upload(
        id=uuid7(),
        slug="heart",
        content_type=content_type,
        size=size,
        alt="A heart",
        now=datetime.now(UTC),
        responsible={},
    )


async def test_what_is_written_is_read_and_measured(store: Store) -> None:
    assert await store.media.read(NAME) is None
    assert await store.media.size(NAME) is None
    await store.media.write(NAME, b"RIFF", "image/webp")
    assert await store.media.read(NAME) == b"RIFF"
    assert await store.media.size(NAME) == 4
    await store.media.write(NAME, b"other", "image/webp")
    assert await store.media.read(NAME) == b"other"


async def test_a_disk_that_is_full_keeps_no_half_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(ENOSPC, "No space left on device")

    folder = FolderMedia(tmp_path, origin="http://localhost:8080", key=b"k" * 32)
    monkeypatch.setattr("os.fsync", full)
    for _time in range(3):
        with pytest.raises(MediaStoreDown):
            await folder.write(NAME, b"RIFF", "image/webp")
    assert [found async for found in folder.list(DRAFTS)] == []


async def test_what_a_crash_left_half_written_is_listed_and_can_be_deleted(tmp_path: Path) -> None:
    folder = FolderMedia(tmp_path, origin="http://localhost:8080", key=b"k" * 32)
    (tmp_path / DRAFTS).mkdir()
    (tmp_path / DRAFTS / "b0").write_bytes(b"RI")
    assert [found.key async for found in folder.list(DRAFTS)] == [f"{DRAFTS}b0"]
    await folder.delete(f"{DRAFTS}b0")
    assert [found async for found in folder.list(DRAFTS)] == []


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: Store) -> None:
    await store.media.write(NAME, b"RIFF", "image/webp")
    for _time in range(2):
        await store.media.delete(NAME)
        assert await store.media.read(NAME) is None


async def test_a_listing_has_what_is_under_the_prefix_and_when_it_was_written(
    store: Store,
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    for key in ("uploads/a.png", "uploads/b.png", "reports/a.json"):
        await store.media.write(key, b"x", "image/png")
    found = [each async for each in store.media.list("uploads/")]
    assert [each.key for each in found] == ["uploads/a.png", "uploads/b.png"]
    assert all(before <= each.modified <= datetime.now(UTC) for each in found)
    assert [each async for each in store.media.list("nothing/")] == []


async def test_an_invitation_is_taken_up_by_a_plain_put(store: Store) -> None:
    one = upload()
    invitation = await store.media.invite(one)
    assert invitation.headers == {"Content-Type": "image/png"}
    assert invitation.expires_at <= one.expires_at
    for _time in range(2):
        assert await store.put(invitation.url, dict(invitation.headers), b"\x89PNG") == 200
    assert await store.media.read(one.source_key) == b"\x89PNG"


async def test_many_writers_of_one_key_leave_one_whole_object(store: Store) -> None:
    bodies = [bytes([number]) * 50_000 for number in range(8)]
    await asyncio.gather(*(store.media.write(NAME, body, "image/webp") for body in bodies))
    assert await store.media.read(NAME) in bodies


@pytest.fixture
def folder(tmp_path: Path) -> FolderMedia:
    return FolderMedia(tmp_path, origin="http://localhost:8080/", key=b"k" * 32)


async def take(folder: FolderMedia, one: Upload, **changes: Any) -> None:
    """Takes up the invitation with something else than was signed."""
    query = parse_qs(urlsplit((await folder.invite(one)).url).query)
    said: dict[str, Any] = {
        "name": one.source_key.partition("/")[2],
        "expires": int(query["expires"][0]),
        "signature": query["signature"][0],
        "content_type": one.content_type,
        "data": b"1234",
    } | changes
    await folder.take(said.pop("name"), **said)


@pytest.mark.parametrize(
    "changes",
    [
        {"data": b"12345"},
        {"content_type": "text/html"},
        {"expires": 99999999999},
        {"signature": "0" * 64},
        {"name": "01990000-0000-7000-8000-00000000dead.png"},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_the_folder_takes_only_what_was_signed(
    folder: FolderMedia, changes: dict[str, Any]
) -> None:
    one = upload()
    await take(folder, one)
    await folder.delete(one.source_key)
    with pytest.raises(UploadRefused):
        await take(folder, one, **changes)
    assert await folder.size(one.source_key) is None


async def test_the_folders_urls_expire_and_another_key_makes_others(tmp_path: Path) -> None:
    late = datetime.now(UTC) + timedelta(minutes=16)
    folder = FolderMedia(tmp_path, origin="http://a", key=b"k" * 32, clock=lambda: late)
    with pytest.raises(UploadRefused, match="expired"):
        await take(folder, upload())
    other = FolderMedia(tmp_path, origin="http://a", key=b"o" * 32)
    one = upload()
    assert (await folder.invite(one)).url != (await other.invite(one)).url


async def test_no_key_leads_out_of_the_folder(folder: FolderMedia, tmp_path: Path) -> None:
    (tmp_path.parent / "secret").write_bytes(b"s")
    for key in ("../secret", "uploads/../../secret", "/etc/hostname"):
        with pytest.raises(ValueError, match="out of the folder"):
            await folder.read(key)


async def test_a_folder_that_cannot_be_written_is_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    folder = FolderMedia(tmp_path / "file", origin="http://a", key=b"k" * 32)
    with pytest.raises(MediaStoreDown):
        await folder.write(NAME, b"x", "image/webp")


async def test_a_bucket_that_is_not_there_is_down_and_not_empty(
    moto_url: str, credentials: None
) -> None:
    nowhere = S3Media("no-such-bucket", region=REGION, endpoint=moto_url)
    with pytest.raises(MediaStoreDown):
        await nowhere.write(NAME, b"x", "image/webp")
    with pytest.raises(MediaStoreDown):
        await nowhere.ping()
    with pytest.raises(MediaStoreDown):
        await S3Media("b", region=REGION, endpoint="http://127.0.0.1:1").size(NAME)


async def test_the_buckets_urls_sign_type_length_and_time(moto_url: str, credentials: None) -> None:
    media, one = bucket(moto_url), upload()
    url = (await media.invite(one)).url
    said = parse_qs(urlsplit(url).query)
    assert said["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert 0 < int(said["X-Amz-Expires"][0]) <= 15 * 60
    signatures = {
        parse_qs(urlsplit((await media.invite(each)).url).query)["X-Amz-Signature"][0]
        for each in (one, replace(one, size=5), replace(one, content_type="image/webp"))
    }
    assert len(signatures) == 3


async def test_what_a_bucket_shows_says_its_type_and_may_be_kept_for_ever(
    moto_url: str, credentials: None
) -> None:
    media = bucket(moto_url)
    await media.write(NAME, b"RIFF", "image/webp")
    await media.write("uploads/a.png", b"x", "image/png")
    client: Any = media._client
    shown = client.head_object(Bucket=media._bucket, Key=NAME)
    assert (shown["ContentType"], shown["CacheControl"]) == ("image/webp", FOR_EVER)
    assert "CacheControl" not in client.head_object(Bucket=media._bucket, Key="uploads/a.png")


async def test_a_listing_of_more_than_a_page_is_whole(moto_url: str, credentials: None) -> None:
    media = bucket(moto_url)
    client: Any = media._client
    for number in range(2 * PAGE + 3):
        client.put_object(Bucket=media._bucket, Key=f"uploads/{number:04}.png", Body=b"")
    first = client.list_objects_v2(Bucket=media._bucket, Prefix="uploads/")
    assert (first["IsTruncated"], len(first["Contents"])) == (True, PAGE)
    assert len([each async for each in media.list("uploads/")]) == 2 * PAGE + 3
