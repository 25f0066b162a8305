"""A provider that answers what a test put in, for the unit and API tests."""

from typing import Any
from uuid import UUID

from payments.domain.money import Money
from payments.domain.operation import Kind, Reply


class ScriptedProvider:
    """Answers what the test put in, in order; each call is noted with its key."""

    def __init__(self, *answers: Reply | BaseException) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[Any, ...]] = []

    async def authorise(self, key: UUID, token: str, amount: Money) -> Reply:
        return self._answer("authorise", key, token, amount)

    async def capture(self, key: UUID, reference: str, amount: Money, *, final: bool) -> Reply:
        return self._answer("capture", key, reference, amount, final)

    async def void(self, key: UUID, reference: str) -> Reply:
        return self._answer("void", key, reference)

    async def refund(self, key: UUID, reference: str, amount: Money) -> Reply:
        return self._answer("refund", key, reference, amount)

    async def inquire(self, kind: Kind, reference: str) -> Reply:
        return self._answer("inquire", kind, reference)

    def _answer(self, *call: Any) -> Reply:
        self.calls.append(call)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer
