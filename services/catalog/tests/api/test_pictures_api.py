"""Pictures over HTTP, on fakes: ask, put, finish, see, show, remove; and who may not."""

from typing import Any

import pytest
from httpx import AsyncClient, Response

from catalog.application.check_upload import check_upload
from catalog.application.picture_desk import PictureDesk
from catalog.application.shop import Shop
from catalog.domain.pictures import MAX_BYTES
from catalog.testing_media import MemoryMedia, picture_bytes
from chassis.testing import TokenMint

PRODUCT: dict[str, Any] = {
    "code": "99001",
    "name": "STRIPED PAPER LANTERN",
    "variants": [
        {"sku": "99001R", "name": "RED LANTERN", "price": {"amount": 425, "currency": "GBP"}}
    ],
}
HERE = "/v1/products/striped-paper-lantern"
DATA = picture_bytes(300, 200)
Headers = dict[str, str]


@pytest.fixture
async def lantern(client: AsyncClient, merchandiser: Headers) -> Response:
    return await client.post(
        "/v1/products", json=PRODUCT, headers=merchandiser | {"Idempotency-Key": "made"}
    )


async def start(client: AsyncClient, headers: Headers, key: str = "k", **changes: Any) -> Response:
    body = {"content_type": "image/png", "size_bytes": len(DATA), "alt": "A lantern"} | changes
    return await client.post(
        f"{HERE}/picture-uploads", json=body, headers=headers | {"Idempotency-Key": key}
    )


async def put(client: AsyncClient, started: Response, data: bytes = DATA) -> Response:
    request = started.json()["request"]
    return await client.request(
        request["method"], request["url"], content=data, headers=request["headers"]
    )


def problem(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_picture_is_uploaded_shown_and_removed(
    client: AsyncClient, merchandiser: Headers, lantern: Response, desk: PictureDesk, shop: Shop
) -> None:
    started = await start(client, merchandiser)
    assert started.status_code == 201
    assert started.headers["cache-control"] == "no-store"
    assert (await put(client, started)).status_code == 200
    links = started.json()["_links"]
    finished = await client.post(links["finish"]["href"], headers=merchandiser)
    assert (finished.status_code, finished.json()["status"]) == (202, "checking")
    assert finished.json()["request"] is None
    (waiting,) = await desk.uploads.to_check(9)
    await check_upload(waiting, desk, shop)
    seen = await client.get(started.headers["location"], headers=merchandiser)
    assert seen.json()["status"] == "attached"
    body = (await client.get("/v2/products/striped-paper-lantern")).json()
    (picture,) = body["pictures"]
    assert (picture["alt"], picture["width"], picture["id"]) == (
        *("A lantern", 300),
        seen.json()["picture_id"],
    )
    gone = await client.delete(f"{HERE}/pictures/{picture['id']}", headers=merchandiser)
    assert gone.status_code == 204
    assert (await client.get("/v2/products/striped-paper-lantern")).json()["pictures"] == []
    again = await client.delete(f"{HERE}/pictures/{picture['id']}", headers=merchandiser)
    assert problem(again) == (404, "picture-not-found")


async def test_what_is_shown_is_harmless_and_may_be_kept_for_ever(
    client: AsyncClient, media: MemoryMedia
) -> None:
    name = f"{'ab' * 32}.webp"
    await media.write(f"v1/media/{name}", b"RIFF", "image/webp")
    answer = await client.get(f"/v1/media/{name}")
    assert answer.content == b"RIFF"
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    tag = {"If-None-Match": answer.headers["etag"]}
    assert (await client.get(f"/v1/media/{name}", headers=tag)).status_code == 304
    missing = await client.get(f"/v1/media/{'00' * 32}.webp")
    assert problem(missing) == (404, "media-not-found")


@pytest.mark.parametrize(
    "name",
    [
        *(f"{'ab' * 32}.{ending}" for ending in ("svg", "html", "png", "js", "webp.html")),
        *("..%2Fuploads%2Fx.png", "x.webp", f"{'AB' * 32}.webp"),
    ],
)
async def test_nothing_else_is_ever_shown(
    client: AsyncClient, media: MemoryMedia, name: str
) -> None:
    await media.write(f"v1/media/{name}", b"<script>", "text/html")
    answer = await client.get(f"/v1/media/{name}")
    assert answer.status_code in (404, 422)
    assert b"<script>" not in answer.content


async def test_the_key_again_starts_nothing_new(
    client: AsyncClient, merchandiser: Headers, lantern: Response
) -> None:
    first, second = await start(client, merchandiser), await start(client, merchandiser)
    assert first.json()["id"] == second.json()["id"]
    other = await start(client, merchandiser, alt="Another")
    assert problem(other) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"content_type": "image/svg+xml"}, "validation"),
        ({"content_type": "text/html"}, "validation"),
        ({"size_bytes": MAX_BYTES + 1}, "validation"),
        ({"size_bytes": 0}, "validation"),
        ({"alt": ""}, "validation"),
        ({"alt": "bell\x07"}, "invalid-picture"),
        ({"url": "http://169.254.169.254/"}, "validation"),
    ],
)
async def test_what_would_never_be_taken_gets_no_url(
    client: AsyncClient,
    merchandiser: Headers,
    lantern: Response,
    changes: dict[str, Any],
    refused: str,
) -> None:
    answer = await start(client, merchandiser, **changes)
    assert answer.status_code == 422
    assert problem(answer)[1].startswith(refused)


async def test_bytes_of_another_size_or_type_are_refused(
    client: AsyncClient, merchandiser: Headers, lantern: Response
) -> None:
    started = await start(client, merchandiser)
    assert problem(await put(client, started, DATA + b"<script>")) == (403, "upload-refused")
    request = started.json()["request"]
    html = {"Content-Type": "text/html"}
    answer = await client.put(request["url"], content=DATA, headers=html)
    assert problem(answer) == (403, "upload-refused")


async def test_only_this_path_takes_more_than_a_megabyte(
    client: AsyncClient, merchandiser: Headers, lantern: Response
) -> None:
    large = DATA + bytes(2 * 1024 * 1024)
    started = await start(client, merchandiser, size_bytes=len(large))
    assert (await put(client, started, large)).status_code == 200
    beyond = await put(client, started, bytes(MAX_BYTES + 1))
    assert beyond.status_code == 413
    elsewhere = await client.patch(HERE, content=large, headers=merchandiser)
    assert elsewhere.status_code == 413


async def test_finishing_before_the_bytes_came_is_refused(
    client: AsyncClient, merchandiser: Headers, lantern: Response
) -> None:
    started = await start(client, merchandiser)
    finish = started.json()["_links"]["finish"]["href"]
    answer = await client.post(finish, headers=merchandiser)
    assert problem(answer) == (409, "nothing-uploaded")


async def test_nobody_else_may_begin_see_finish_or_remove(
    client: AsyncClient, mint: TokenMint, lantern: Response
) -> None:
    customer = mint.headers(subject="c", scopes={"orders:write"})
    upload = "/v1/picture-uploads/01990000-0000-7000-8000-00000000dead"
    calls = [
        ("POST", f"{HERE}/picture-uploads"),
        ("GET", upload),
        ("POST", f"{upload}/completion"),
        ("DELETE", f"{HERE}/pictures/{'0' * 64}"),
    ]
    for method, path in calls:
        assert (await client.request(method, path, headers=customer)).status_code == 403
        assert (await client.request(method, path)).status_code == 401


async def test_removing_under_a_version_that_is_past_is_refused(
    client: AsyncClient, merchandiser: Headers, lantern: Response
) -> None:
    stale = merchandiser | {"If-Match": '"of yesterday"'}
    answer = await client.delete(f"{HERE}/pictures/{'0' * 64}", headers=stale)
    assert answer.status_code == 412
