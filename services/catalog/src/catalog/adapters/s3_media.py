"""Pictures in a bucket of S3, or of a store that speaks its protocol: implements `MediaStore`.

boto3 blocks, so every call runs in a thread. Credentials come from where boto3 looks for them: a
role of the pod or of the function, or the environment. The cloud function uses this too.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from catalog.domain.media import FOR_EVER, SHOWN, Invitation, MediaStoreDown, StoredObject
from catalog.domain.pictures import Upload

_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
T = TypeVar("T")


class S3Media:
    """`endpoint` is for stores other than Amazon's own."""

    def __init__(self, bucket: str, *, region: str, endpoint: str | None = None) -> None:
        self._bucket = bucket
        self._client: Any = boto3.client(
            "s3",
            region_name=region,
            endpoint_url=endpoint,
            config=Config(
                signature_version="s3v4",
                connect_timeout=3,
                read_timeout=20,
                retries={"mode": "standard", "total_max_attempts": 3},
                s3={"addressing_style": "path" if endpoint else "virtual"},
            ),
        )

    async def invite(self, upload: Upload) -> Invitation:
        """Presigns a PUT; type and length are among the signed headers, so no other will do."""
        seconds = max(1, int((upload.expires_at - datetime.now(UTC)).total_seconds()))
        named = {"Bucket": self._bucket, "Key": upload.source_key}
        promised = {"ContentType": upload.content_type, "ContentLength": upload.size}
        url: str = await _elsewhere(
            lambda: self._client.generate_presigned_url(
                "put_object", Params=named | promised, ExpiresIn=seconds, HttpMethod="PUT"
            )
        )
        return Invitation(url, {"Content-Type": upload.content_type}, upload.expires_at)

    async def size(self, key: str) -> int | None:
        """Asks for the head of the object."""
        found = await self._found(lambda: self._client.head_object(Bucket=self._bucket, Key=key))
        return None if found is None else int(found["ContentLength"])

    async def read(self, key: str) -> bytes | None:
        """Reads the object."""

        def work() -> bytes:
            with self._client.get_object(Bucket=self._bucket, Key=key)["Body"] as body:
                return bytes(body.read())

        return await self._found(work)

    async def write(self, key: str, data: bytes, content_type: str) -> None:
        """Puts the object; what is shown may be kept for ever, for its name is its content's."""
        kept = {"CacheControl": FOR_EVER} if key.startswith(SHOWN) else {}
        await _elsewhere(
            lambda: self._client.put_object(
                Bucket=self._bucket, Key=key, Body=data, ContentType=content_type, **kept
            )
        )

    async def delete(self, key: str) -> None:
        """Deletes the object."""
        await _elsewhere(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Goes through the pages of the listing."""
        more: dict[str, str] = {}
        while True:
            asked = {"Bucket": self._bucket, "Prefix": prefix, **more}
            page = await _elsewhere(partial(self._client.list_objects_v2, **asked))
            for found in page.get("Contents", ()):
                yield StoredObject(found["Key"], found["LastModified"])
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    async def ping(self) -> None:
        """Raises MediaStoreDown where the bucket cannot be reached or may not be used."""
        await _elsewhere(lambda: self._client.head_bucket(Bucket=self._bucket))

    async def _found(self, work: Callable[[], T]) -> T | None:
        try:
            return await _elsewhere(work)
        except MediaStoreDown as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and cause.response["Error"]["Code"] in _MISSING:
                return None
            raise


async def _elsewhere(work: Callable[[], T]) -> T:
    """Runs in a thread; whatever S3 refuses is a matter of its being away or set up wrongly."""
    try:
        return await asyncio.to_thread(work)
    except (BotoCoreError, ClientError) as error:
        raise MediaStoreDown(f"the bucket of media: {error}") from error
