"""Where a refused body's fault is: a JSON Pointer into the very body that was sent (RFC 6901)."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from chassis.errors import describe


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Percentage(Strict):
    kind: Literal["percentage"]
    percent: int


class Fixed(Strict):
    kind: Literal["fixed"]
    pence: int


class Offer(Strict):
    benefits: list[Annotated[Percentage | Fixed, Field(discriminator="kind")]]


@pytest.mark.parametrize(
    ("benefit", "pointer"),
    [
        ({"kind": "percentage", "percent": "many"}, "#/benefits/0/percent"),
        ({"kind": "percentage", "percent": 1, "role": "admin"}, "#/benefits/0/role"),
        ({"kind": "fixed"}, "#/benefits/0/pence"),
        ({"kind": "gift"}, "#/benefits/0"),
        ("nothing", "#/benefits/0"),
    ],
)
def test_a_pointer_leads_into_the_branch_of_a_union_without_naming_it(
    benefit: Any, pointer: str
) -> None:
    body = {"benefits": [benefit]}
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Offer).validate_python(body)
    (found,) = refused.value.errors()
    told = describe({**found, "loc": ("body", *found["loc"])}, body)
    assert told["pointer"] == pointer
