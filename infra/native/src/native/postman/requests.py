"""Makes a Postman request of an operation: its examples, with variables where samples stood.

A parameter is on when it is required or has an example; the others are there, switched off.
`collection.py` calls `item`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from native.postman.walk import ALSO_GOOD, GUEST, KEPT, PREPARED, UNTIL, Kept, Step

Json = dict[str, Any]

SCRIPTS = Path(__file__).parent / "scripts"
_SAMPLE = "01990000-0000-7000-8000-0000000000"
_SAMPLE_KEY = "01990000-0000-7000-8000-00000000aaaa"
# Values of the document's examples that this run knows better.
_SAMPLES = {
    _SAMPLE_KEY: "{{$guid}}",
    f"{_SAMPLE}f1": "{{user_id}}",
    f"{_SAMPLE}c1": "{{cart_id}}",
    f"{_SAMPLE}d1": "{{order_id}}",
    f"{_SAMPLE}d2": "{{shipment_id}}",
    f"{_SAMPLE}d3": "{{return_id}}",
    f"{_SAMPLE}d4": "{{refund_id}}",
    f"{_SAMPLE}e1": "{{payment_id}}",
    f"{_SAMPLE}e2": "{{operation_id}}",
    f"{_SAMPLE}e3": "{{reconciliation_id}}",
    f"{_SAMPLE}a1": "{{message_id}}",
    f"{_SAMPLE}b1": "{{adjustment_id}}",
    f"{_SAMPLE}81": "{{webhook_id}}",
    f"{_SAMPLE}82": "{{delivery_id}}",
    f"{_SAMPLE}91": "{{session_id}}",
    f"{_SAMPLE}92": "{{promotion_id}}",
    f"{_SAMPLE}a9": "{{upload_id}}",
    "WELCOME10": "{{promotion_code}}",
    "01990000-0000-7000-8000-000000000c01": "{{registered_client}}",
    "striped-paper-lantern": "{{product_slug}}",
    "99001": "{{product_code}}",
    "ada@example.com": "{{newcomer_email}}",
    "correct horse battery": "{{newcomer_password}}",
    "souk-demo-2026": "{{newcomer_password}}",
    # The shop's own price again, so that a run leaves it as it was.
    '"amount": 255': '"amount": {{price}}',
}
_ETAGS = {"place_order": "{{cart_etag}}", "change_promotion": "{{promotion_etag}}"}


def script(name: str, **words: str) -> Json:
    """Returns an event's script from a file of `scripts/`, with its capital words filled in."""
    text = (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(word, value)
    return lines(text.splitlines())


def lines(text: Iterable[str]) -> Json:
    """Returns a script of these lines."""
    return {"type": "text/javascript", "exec": list(text)}


def named(step: Step, summary: str) -> str:
    """Returns a request's name in Postman; no two steps share one."""
    return f"{summary}, {step.purpose}" if step.purpose else summary


def bearer(caller: str | None) -> Json:
    """Returns how a request says who it is from."""
    if caller in (None, GUEST):
        return {"type": "noauth"}
    token = {"key": "token", "value": f"{{{{{caller}_token}}}}", "type": "string"}
    return {"type": "bearer", "bearer": [token]}


def item(step: Step, method: str, path: str, operation: Json, schemas: Json) -> Json:
    """Returns the request of a step with its scripts."""
    request: Json = {
        "method": method.upper(),
        "auth": bearer(step.caller),
        "header": list(_headers(step, operation)),
        "url": _url(path, operation),
        "description": operation.get("description", ""),
    }
    sent = _body(operation, schemas)
    if sent is not None:
        media_type, text = sent
        request["header"].append({"key": "Content-Type", "value": media_type})
        if step.operation == "merge_cart":
            text = text.replace("{{cart_id}}", "{{guest_cart_id}}")
        request["body"] = {"mode": "raw", "raw": text, "options": {"raw": {"language": "json"}}}
    events = [{"listen": "test", "script": lines(_tests(step, operation))}]
    prepared = PREPARED.get(step.operation)
    if prepared:
        events.insert(0, {"listen": "prerequest", "script": lines(_settings(prepared))})
    return {"name": named(step, operation["summary"]), "event": events, "request": request}


def _tests(step: Step, operation: Json) -> Iterator[str]:
    good = sorted(int(code) for code in operation["responses"] if code.startswith("2"))
    good += ALSO_GOOD.get(step.operation, ())
    yield f'pm.test("{step.operation} answers as documented", () => {{'
    yield f"  pm.expect(pm.response.code).to.be.oneOf({json.dumps(good)});"
    yield "});"
    kept = step.kept or KEPT.get(step.operation, {})
    until = step.until or UNTIL.get(step.operation, "")
    if not kept and not until:
        return
    yield "const header = (name) => pm.response.headers.get(name);"
    yield "const body = pm.response.code < 300 ? pm.response.json() : {};"
    if until:
        yield from script("again", CONDITION=until)["exec"]
        yield f"if (pm.response.code < 300 && there()) {{ {' '.join(_settings(kept))} }}"
        return
    yield f"if (pm.response.code < 300) {{ {' '.join(_settings(kept))} }}"


def _settings(values: Kept) -> list[str]:
    return [f'pm.environment.set("{name}", {said});' for name, said in values.items()]


def _headers(step: Step, operation: Json) -> Iterator[Json]:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header":
            name = parameter["name"]
            value = _value(parameter)
            if name == "If-Match" and value:
                value = _ETAGS.get(step.operation, "{{product_etag}}")
            # A guest may try again only with a token that is already theirs.
            off = not value or (step.caller == GUEST and name == "Idempotency-Key")
            yield {"key": name, "value": value, "disabled": off}
    if step.operation == "merge_cart":
        yield {"key": "Cart-Token", "value": "{{cart_token}}"}


def _url(path: str, operation: Json) -> Json:
    parameters = operation.get("parameters", ())
    inside = {p["name"]: _value(p) for p in parameters if p["in"] == "path"}
    for name, value in inside.items():
        path = path.replace(f"{{{name}}}", value)
    query = [
        {"key": p["name"], "value": _value(p), "disabled": not _value(p)}
        for p in parameters
        if p["in"] == "query"
    ]
    on = "&".join(f"{q['key']}={q['value']}" for q in query if not q["disabled"])
    url: Json = {
        "raw": "{{origin}}" + path + (f"?{on}" if on else ""),
        "host": ["{{origin}}"],
        "path": path.strip("/").split("/"),
    }
    return {**url, "query": query} if query else url


def _value(parameter: Mapping[str, Any]) -> str:
    """Returns what a parameter is prefilled with, empty where nothing is."""
    examples = parameter.get("examples", {})
    value = next((e["value"] for e in examples.values()), parameter.get("example"))
    if value is None:
        return ""
    return _with_variables(value if isinstance(value, str) else json.dumps(value))


def _body(operation: Json, schemas: Json) -> tuple[str, str] | None:
    """Returns the media type and the first example of what is sent, if anything is."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        examples = [e["value"] for e in content.get("examples", {}).values()]
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        examples += schemas.get(name, content["schema"]).get("examples", [])
        return media_type, _with_variables(json.dumps(examples[0], indent=2))
    return None


def _with_variables(text: str) -> str:
    for sample, variable in _SAMPLES.items():
        text = text.replace(sample, variable)
    return text
