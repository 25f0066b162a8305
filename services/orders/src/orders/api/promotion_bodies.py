"""How promotions look in JSON, coming in and going out. The promotion routes use them."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from chassis.schemas import Money, StrictModel, Timestamp
from orders.api import promotion_examples as examples
from orders.api.bodies import Linked, links_to, money_out
from orders.api.schemas import Sku, Text
from orders.application.manage_promotions import promotion_path
from orders.domain.money import Money as Amount
from orders.domain.promotions import (
    Benefit,
    BuyAndGet,
    FixedAmount,
    FreeShipping,
    Offered,
    Percentage,
    Promotion,
)

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Few = Annotated[int, Field(ge=1, le=1_000)]
Group = Annotated[str, Field(min_length=1, max_length=64, examples=["seasonal"])]
Skus = Annotated[
    tuple[Sku, ...], Field(max_length=1_000, description="Which goods it covers; none means all.")
]


class Price(Money):
    """An amount of at least one penny."""

    amount: Annotated[int, Field(ge=1, examples=[500])]


class PercentageBody(StrictModel):
    """So many per cent off what the goods still cost."""

    kind: Literal["percentage"]
    percent: Annotated[int, Field(ge=1, le=100)]


class FixedAmountBody(StrictModel):
    """So much off the goods, and never more than they cost."""

    kind: Literal["fixed_amount"]
    amount: Price


class BuyAndGetBody(StrictModel):
    """Of each `buy` + `free` units the cheapest `free` cost nothing."""

    kind: Literal["buy_and_get"]
    buy: Few
    free: Few


class FreeShippingBody(StrictModel):
    """The delivery costs nothing."""

    kind: Literal["free_shipping"]


BenefitBody = Annotated[
    PercentageBody | FixedAmountBody | BuyAndGetBody | FreeShippingBody,
    Field(discriminator="kind"),
]


class _Terms(StrictModel):
    """What may be changed of a promotion later."""

    name: Text = ""
    skus: Skus = ()
    minimum_subtotal: Price | None = None
    ends_at: Timestamp | None = None
    exclusive: Annotated[bool, Field(description="It counts beside no other.")] = False
    group: Annotated[Group | None, Field(description="Of one group a single promotion counts.")] = (
        None
    )
    limit: Annotated[Count | None, Field(description="How many orders may use it.")] = None
    limit_per_customer: Annotated[
        Count | None, Field(description="How many orders of one account; guests have none.")
    ] = None

    def given(self) -> dict[str, Any]:
        """Returns the fields of the domain's promotion that the client named."""
        fields = {name: getattr(self, name) for name in self.model_fields_set}
        if "skus" in fields:
            fields["skus"] = frozenset(fields["skus"])
        if fields.get("minimum_subtotal"):
            fields["minimum_subtotal"] = Amount(**fields["minimum_subtotal"].model_dump())
        return fields


class PromotionPatch(_Terms):
    """A JSON Merge Patch (RFC 7396): what is left out stays, null removes."""

    starts_at: Timestamp = datetime.min.replace(tzinfo=UTC)


class PromotionBody(_Terms):
    """A new promotion; without a code it applies by itself."""

    name: Text
    benefit: BenefitBody
    code: Annotated[str, Field(pattern=r"^[A-Z0-9-]{3,32}$", examples=["WELCOME10"])] | None = None
    starts_at: Annotated[Timestamp | None, Field(description="At once, if null.")] = None

    def drafted(self, promotion_id: UUID, now: datetime) -> Promotion:
        """Returns the promotion. Raises InvalidPromotion."""
        given = self.given() | {"starts_at": self.starts_at or now}
        return Promotion(**given | {"id": promotion_id, "benefit": _benefit(self.benefit)})


class PromotionOut(Linked):
    """A promotion, and how many orders use it, where that is limited."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PROMOTION]})

    id: UUID
    name: str
    code: str | None
    benefit: BenefitBody
    skus: list[str]
    minimum_subtotal: Money | None
    starts_at: datetime
    ends_at: datetime | None
    exclusive: bool
    group: str | None
    limit: int | None
    limit_per_customer: int | None
    used: Annotated[int, Field(description="Counted while there is a limit.")]

    @classmethod
    def of(cls, offered: Offered) -> Self:
        """Returns the body."""
        promotion = offered.promotion
        minimum = promotion.minimum_subtotal
        return cls(
            id=promotion.id,
            name=promotion.name,
            code=promotion.code,
            benefit=_benefit_out(promotion.benefit),
            skus=sorted(promotion.skus),
            minimum_subtotal=money_out(minimum) if minimum else None,
            starts_at=promotion.starts_at,
            ends_at=promotion.ends_at,
            exclusive=promotion.exclusive,
            group=promotion.group,
            limit=promotion.limit,
            limit_per_customer=promotion.limit_per_customer,
            used=offered.used,
            links=links_to({"self": promotion_path(promotion.id)}),
        )


class PromotionsOut(Linked):
    """A page of promotions, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PROMOTION_PAGE]})

    items: list[PromotionOut]


def _benefit(body: BenefitBody) -> Benefit:
    match body:
        case PercentageBody():
            return Percentage(body.percent)
        case FixedAmountBody():
            return FixedAmount(Amount(body.amount.amount, body.amount.currency))
        case BuyAndGetBody():
            return BuyAndGet(body.buy, body.free)
    return FreeShipping()


def _benefit_out(benefit: Benefit) -> BenefitBody:
    match benefit:
        case Percentage(percent):
            return PercentageBody(kind="percentage", percent=percent)
        case FixedAmount(money):
            price = Price(amount=money.amount, currency=money.currency)
            return FixedAmountBody(kind="fixed_amount", amount=price)
        case BuyAndGet(buy, free):
            return BuyAndGetBody(kind="buy_and_get", buy=buy, free=free)
    return FreeShippingBody(kind="free_shipping")
