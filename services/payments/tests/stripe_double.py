"""Stripe in memory, behind its own library: it keeps PaymentIntents and refunds as Stripe does.

Stands in for the network (`stripe.HTTPClient`), so that the library, the forms it sends and the
errors it raises are the real ones. What it does not know it answers as Stripe: 400.
"""

import itertools
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import stripe

TOKENS = {"tok_visa": "requires_capture", "tok_processing": "processing"}
CODES = {"tok_chargeDeclined": "generic_decline"}


class Refused(Exception):
    """An error of the API: its status and its body."""

    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(status)
        self.status, self.error = status, error


class StripeDouble(stripe.HTTPClient):
    """`multicapture`: whether this account has it. `down` has every call fail."""

    name = "double"

    def __init__(self, *, multicapture: bool = True) -> None:
        super().__init__()
        self.multicapture = multicapture
        self.down: Exception | int | None = None
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, tuple[int, Any]] = {}
        self.sent: list[tuple[str, str, dict[str, str]]] = []
        self._numbers = itertools.count(1)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        if isinstance(self.down, Exception):
            raise self.down
        if isinstance(self.down, int):
            return b'{"error": {"message": "down", "type": "api_error"}}', self.down, {}
        parts = urlsplit(url)
        form = {k: v[0] for k, v in parse_qs(post_data or parts.query).items()}
        self.sent.append((method, parts.path, form))
        status, body = self._once(headers.get("Idempotency-Key"), method, parts.path, form)
        return json.dumps(body).encode(), status, {}

    def _once(self, key: str | None, method: str, path: str, form: Any) -> tuple[int, Any]:
        if key is None or method == "get":
            return self._answer(method, path, form)
        if key not in self.answers:
            self.answers[key] = self._answer(method, path, form)
        return self.answers[key]

    def _answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, Any]:
        words = path.strip("/").split("/")[1:]
        try:
            match method, words:
                case "post", ["payment_methods"]:
                    return 200, {"id": _method(form["card[token]"]), "object": "payment_method"}
                case "post", ["payment_intents"]:
                    return 200, self._create(form)
                case "get", ["payment_intents"]:
                    return 200, self._list(form)
                case "get", ["payment_intents", name]:
                    return 200, self._intent(name)
                case "post", ["payment_intents", name, "capture"]:
                    return 200, self._capture(self._intent(name), form)
                case "post", ["payment_intents", name, "cancel"]:
                    return 200, self._cancel(self._intent(name))
                case "post", ["refunds"]:
                    return 200, self._refund(self._intent(form["payment_intent"]), form)
                case "get", ["refunds", name]:
                    return 200, self.refunds[name]
            raise Refused(404, message="unknown")
        except Refused as refusal:
            kind = "card_error" if refusal.status == 402 else "invalid_request_error"
            return refusal.status, {"error": {"type": kind, "message": "no"} | refusal.error}

    def decide(self, name: str, status: str, **more: Any) -> None:
        """What was processing is decided."""
        self.intents[name] |= {"status": status} | more
        self._charge(self.intents[name])

    def _create(self, form: dict[str, str]) -> dict[str, Any]:
        token = form["payment_method"].replace("pm_", "tok_")
        if token in CODES:
            raise Refused(402, code="card_declined", decline_code=CODES[token])
        number = next(self._numbers)
        intent = {
            "id": f"pi_{number}",
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "amount_received": 0,
            "currency": form["currency"],
            "status": TOKENS[token],
            "metadata": {k[9:-1]: v for k, v in form.items() if k.startswith("metadata[")},
            "latest_charge": None,
            "last_payment_error": None,
            "cancellation_reason": None,
        }
        self._charge(intent)
        return self.intents.setdefault(f"pi_{number}", intent)

    def _charge(self, intent: dict[str, Any]) -> None:
        if intent["status"] == "requires_capture":
            intent["latest_charge"] = {
                "id": "ch_" + intent["id"],
                "object": "charge",
                "amount": intent["amount"],
                "amount_captured": 0,
                "amount_refunded": 0,
            }

    def _list(self, form: dict[str, str]) -> dict[str, Any]:
        newest = list(reversed(self.intents.values()))
        names = [intent["id"] for intent in newest]
        after = form.get("starting_after")
        first = names.index(after) + 1 if after else 0
        page = newest[first : first + int(form["limit"])]
        return {"object": "list", "url": "/v1/payment_intents", "has_more": False, "data": page}

    def _intent(self, name: str) -> dict[str, Any]:
        if name not in self.intents:
            raise Refused(404, code="resource_missing")
        return self.intents[name]

    def _capture(self, intent: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
        self._must_hold(intent)
        final = form.get("final_capture") != "false"
        if not final and not self.multicapture:
            raise Refused(400, param="final_capture", message="not available")
        amount = int(form["amount_to_capture"])
        if amount > intent["amount"] - intent["amount_received"]:
            raise Refused(400, code="amount_too_large", payment_intent=intent)
        intent["amount_received"] += amount
        intent["latest_charge"]["amount_captured"] += amount
        if final:
            self._end(intent, "succeeded")
        return intent

    def _cancel(self, intent: dict[str, Any]) -> dict[str, Any]:
        self._must_hold(intent)
        self._end(intent, "succeeded" if intent["amount_received"] else "canceled")
        return intent

    def _end(self, intent: dict[str, Any], status: str) -> None:
        """The rest of the hold counts as refunded, as it does at Stripe."""
        rest = intent["amount"] - intent["amount_received"]
        intent["status"] = status
        intent["latest_charge"]["amount_refunded"] += rest

    def _must_hold(self, intent: dict[str, Any]) -> None:
        if intent["status"] != "requires_capture":
            raise Refused(400, code="payment_intent_unexpected_state", payment_intent=intent)

    def _refund(self, intent: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
        charge, amount = intent["latest_charge"], int(form["amount"])
        if charge is None or amount > intent["amount_received"] - intent.get("back", 0):
            raise Refused(400, code="charge_already_refunded")
        intent["back"] = intent.get("back", 0) + amount
        charge["amount_refunded"] += amount
        name = f"re_{next(self._numbers)}"
        made = {"id": name, "object": "refund", "status": "succeeded"}
        return self.refunds.setdefault(name, made)

    async def close_async(self) -> None:
        """There is nothing to close."""


def _method(token: str) -> str:
    if token not in {**TOKENS, **CODES}:
        raise Refused(400, code="resource_missing", param="card[token]")
    return token.replace("tok_", "pm_")
