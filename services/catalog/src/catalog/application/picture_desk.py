"""What the use cases of pictures work with, and who answers for what they do later.

`bootstrap` makes one desk for the process; tests make one of fakes. A picture is attached by a
worker, after the request that asked for it; so the ticket keeps that request's conversation, and
the events and the audit entry of the change belong to it.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from catalog.domain.media import MediaStore, Painter, ShownPictures, Uploads
from chassis.context import Deed, change_conversation, conversation, current_conversation


@dataclass(frozen=True, slots=True)
class PictureDesk:
    """`left_to_function`: for so long a cloud function has the first try at what is uploaded."""

    media: MediaStore
    uploads: Uploads
    painter: Painter
    shown: ShownPictures
    left_to_function: timedelta = timedelta(0)
    wake: asyncio.Event = field(default_factory=asyncio.Event)


def responsibility() -> Mapping[str, Any]:
    """Returns the conversation under way and who answers in it, as a document can hold it."""
    now = current_conversation()
    deed = asdict(now.deed) | {"roles": sorted(now.deed.roles)} if now.deed else None
    return {"correlation_id": now.correlation_id, "deed": deed}


@contextmanager
def answering(responsible: Mapping[str, Any]) -> Iterator[None]:
    """What is changed inside belongs to the conversation that was noted."""
    with conversation(responsible["correlation_id"]):
        if deed := responsible["deed"]:
            change_conversation(deed=Deed(**{**deed, "roles": frozenset(deed["roles"])}))
        yield
