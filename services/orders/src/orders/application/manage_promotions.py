"""What a merchandiser does with promotions: make, change and end them. Called by the API.

What a promotion gives and its code never change, since orders and printed vouchers name them. An
ended promotion stays, for the orders that used it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.audit import about
from chassis.etags import matches, strong_etag
from chassis.idempotency import IdempotencyKey, StoredAnswer
from chassis.ids import uuid7
from orders.application.ports import PromotionQueries, UnitOfWork
from orders.domain.errors import PreconditionMissing, PromotionChanged
from orders.domain.promotions import Offered, Promotion

# Makes a promotion of its id, or another one of what it was.
Draft = Callable[[UUID], Promotion]


@dataclass(frozen=True, slots=True)
class ChangePromotion:
    """`changes` are fields of Promotion by name; `if_match` is the header field as it came."""

    promotion_id: UUID
    changes: dict[str, Any]
    if_match: str | None


async def create_promotion(
    draft: Draft, key: IdempotencyKey, uow: UnitOfWork, promotions: PromotionQueries, now: datetime
) -> Offered:
    """Returns the promotion that this request made, now or the first time it came.

    Raises InvalidPromotion, CodeTaken, TooManyAutomatic, KeyReused or KeyInFlight.
    """
    async with uow:
        stored = await uow.idempotency.claim(key)
        if stored is None:
            promotion = draft(uuid7())
            await uow.promotions.add(promotion, now)
            about(promotion.id)
            await uow.idempotency.store(key, StoredAnswer(201, promotion_path(promotion.id)))
            await uow.commit()
            return Offered(promotion)
    return await promotions.read(UUID((stored.location or "").rpartition("/")[2]))


async def change_promotion(command: ChangePromotion, uow: UnitOfWork, now: datetime) -> None:
    """Changes a promotion that is still as the client saw it.

    Raises PreconditionMissing, PromotionNotFound, PromotionChanged, InvalidPromotion, or
    TooManyAutomatic for one that had ended.
    """
    if command.if_match is None:
        raise PreconditionMissing("promotion")
    async with uow:
        promotion = await uow.promotions.get(command.promotion_id)
        if not matches(command.if_match, etag_of(promotion)):
            raise PromotionChanged
        await uow.promotions.save(replace(promotion, **command.changes), now)
        await uow.commit()


async def end_promotion(promotion_id: UUID, uow: UnitOfWork, now: datetime) -> None:
    """Ends a promotion now; one that has ended, or has not begun, ends all the same.

    Raises PromotionNotFound.
    """
    async with uow:
        promotion = await uow.promotions.get(promotion_id)
        if promotion.ends_at is None or promotion.ends_at > now:
            end = max(now, promotion.starts_at)
            await uow.promotions.save(replace(promotion, ends_at=end), now)
        await uow.commit()


def etag_of(promotion: Promotion) -> str:
    """Returns a tag that changes with each change of the promotion, and not with its uses."""
    return strong_etag(promotion.id, promotion.version)


def promotion_path(promotion_id: UUID) -> str:
    """Returns where the promotion is, as the Location header field says it."""
    return f"/v1/promotions/{promotion_id}"
