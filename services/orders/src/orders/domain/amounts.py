"""What a total is made of. A quote computes it, an order keeps it, and shares.py divides it.

In whole minor units of one currency; the parts always add up to the total.
"""

from dataclasses import dataclass, field

from orders.domain.money import Money
from orders.domain.promotions import AppliedPromotion
from orders.domain.shipping import DeliveryMethod


@dataclass(frozen=True, slots=True)
class Amounts:
    """`discount` is taken off the goods; `shipping` is what the delivery costs after promotions.

    `tax` is the goods' and the delivery's, of which `shipping_tax`; it is contained in the other
    amounts where `prices_include_tax`, and comes on top of them where not. `total` is what is paid.
    """

    subtotal: Money
    discount: Money
    shipping: Money
    tax: Money
    shipping_tax: Money
    prices_include_tax: bool = True
    total: Money = field(init=False)

    def __post_init__(self) -> None:
        net = self.subtotal - self.discount + self.shipping
        total = net if self.prices_include_tax else net + self.tax
        object.__setattr__(self, "total", total)

    @classmethod
    def of_goods(cls, subtotal: Money) -> "Amounts":
        """Returns the amounts of goods that nothing is added to and nothing taken off."""
        nothing = Money(0, subtotal.currency)
        return cls(subtotal, nothing, nothing, nothing, nothing)

    @property
    def delivery(self) -> Money:
        """What of the total is paid for the delivery."""
        return self.shipping if self.prices_include_tax else self.shipping + self.shipping_tax


@dataclass(frozen=True, slots=True)
class Bill:
    """The amounts of an order, how it is delivered, and the promotions that were used for it."""

    amounts: Amounts
    delivery: DeliveryMethod = DeliveryMethod.FREE
    promotions: tuple[AppliedPromotion, ...] = ()
