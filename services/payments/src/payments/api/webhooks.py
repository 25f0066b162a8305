"""Where the payment provider posts to: no token opens it, only the provider's signature.

It stands in no OpenAPI document, for nobody else calls it. Whatever it does not follow is answered
with 204 all the same: a provider that is refused keeps sending.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from chassis.clock import utcnow
from payments.api.dependencies import Container, Writes
from payments.application.take_notification import take_notification
from payments.domain.errors import BadSignature, ProviderNotConfigured

router = APIRouter(prefix="/v1", include_in_schema=False)


@router.post("/payments/webhooks/{provider}", status_code=204)
async def receive_notification(
    provider: Annotated[str, Path()],
    request: Request,
    uow: Writes,
    container: Container,
) -> Response:
    """The effect is durable when this answers."""
    reader = container.readers.get(provider)
    if reader is None:
        raise ProviderNotConfigured("No such provider is configured here.")
    signature = request.headers.get(reader.header)
    if signature is None:
        raise BadSignature(f"The header field {reader.header} is missing.")
    told = reader.read(signature, await request.body(), utcnow())
    await take_notification(provider, told, uow, container.resume)
    return Response(status_code=204)
