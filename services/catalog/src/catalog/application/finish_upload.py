"""The bytes of an upload have arrived: it waits for the worker from now on.

Called when the client says so, when the folder store has taken the bytes itself, and by the sweep
for a client that forgot.
"""

from uuid import UUID

from catalog.application.picture_desk import PictureDesk
from catalog.domain.errors import NothingUploaded, UploadNotFound
from catalog.domain.pictures import Upload
from chassis.clock import utcnow


async def upload_of(id: UUID, desk: PictureDesk) -> Upload:
    """Returns the ticket; raises UploadNotFound."""
    upload = await desk.uploads.by_id(id)
    if upload is None:
        raise UploadNotFound(str(id))
    return upload


async def finish_upload(id: UUID, desk: PictureDesk) -> Upload:
    """Returns the ticket as it then stands; a second time changes nothing.

    Raises UploadNotFound, UploadClosed, or NothingUploaded while the store has no bytes.
    """
    while True:
        upload = await upload_of(id, desk)
        told = upload.told(utcnow())
        if told is upload:
            return upload
        if await desk.media.size(upload.source_key) is None:
            raise NothingUploaded(str(id))
        if await desk.uploads.save(told):
            desk.wake.set()
            return told
