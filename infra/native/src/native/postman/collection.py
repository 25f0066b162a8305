"""The collection and its environment, made from the merged OpenAPI document (Postman's format 2.1).

`./souk docs postman` writes them to docs/postman/, a test holds the files against the code, and
`run.py` runs them. An operation that no person may call is left out, and the collection says so.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gateway.openapi.merge import merge
from gateway.openapi.names import operations
from native.api_document import ORIGIN
from native.authorization import Operation, applications
from native.authorization import operations as stated_operations
from native.place import CHECKOUT
from native.postman.requests import Json, item
from native.postman.sign_in import CLIENT, sign_in
from native.postman.walk import ADMIN, CUSTOMER, NEWCOMER, Step, caller_of, place_of, steps_of

FOLDER = CHECKOUT / "docs" / "postman"
COLLECTION = FOLDER / "souk.postman_collection.json"
ENVIRONMENT = FOLDER / "souk.postman_environment.json"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_ID = "01990000-0000-7000-8000-00000000c011"
_ABOUT = """Every operation of the shop, made from its OpenAPI document by `./souk docs postman`.

Import this and `souk.postman_environment.json`, choose the environment, and run the first two
folders: they sign in a customer and an admin. Then any request works, best in the order of the
folders, since each keeps what later ones need. The whole collection runs from top to bottom as
often as you like; a token lives for five minutes."""
_LEFT_OUT = "\n\nLeft out, for no person may call them: {}."
# What README says to everybody.
_OF_THE_DEMO = "souk-demo-2026"
_OWN_ACCOUNT = "Your own account"


def collection(merged: Json, stated: Iterable[Operation]) -> Json:
    """Returns the collection for a document whose operations are `stated` to be somebody's."""
    known = {operation.name: operation for operation in stated}
    callers = {name: caller_of(operation) for name, operation in known.items()}
    found = {op["operationId"]: (method, path, op) for path, method, op in operations(merged)}
    schemas = merged["components"]["schemas"]
    scopes = " ".join(
        merged["components"]["securitySchemes"]["souk"]["flows"]["authorizationCode"]["scopes"]
    )

    def request(step: Step) -> Json:
        return item(step, *found[step.operation], schemas)

    folders: dict[str, list[Json]] = {tag["name"]: [] for tag in merged["tags"]}
    own = folders[_OWN_ACCOUNT] = [sign_in(NEWCOMER, scopes)]
    for name in sorted(found, key=place_of):
        if callers[name] != "":
            folder = own if callers[name] == NEWCOMER else folders[found[name][2]["tags"][0]]
            folder += [request(step) for step in steps_of(known[name], callers[name])]
    _tell_apart(folders)
    left_out = ", ".join(f"`{name}`" for name, caller in callers.items() if caller == "")
    about = _ABOUT + (_LEFT_OUT.format(left_out) if left_out else "")
    info = {
        "_postman_id": _ID,
        "name": merged["info"]["title"],
        "description": about,
        "schema": SCHEMA,
    }
    first = [sign_in(who, scopes) for who in (CUSTOMER, ADMIN)]
    rest = [{"name": name, "item": items} for name, items in folders.items() if items]
    return {"info": info, "item": [*first, *rest]}


def environment(origin: str) -> Json:
    """Returns what the requests need to know of a stack; the demo's accounts are public."""
    values = {
        "origin": origin,
        "client_id": CLIENT,
        "redirect_uri": f"{origin}/docs/oauth2-redirect",
        "customer_email": "customer@souk.example",
        "customer_password": _OF_THE_DEMO,
        "admin_email": "admin@souk.example",
        "admin_password": _OF_THE_DEMO,
        "newcomer_password": "correct horse battery",
    }
    return {
        "id": _ID[:-1] + "2",
        "name": "Souk on this machine",
        "values": [
            {"key": name, "value": value, "enabled": True, "type": _kind(name)}
            for name, value in values.items()
        ],
        "_postman_variable_scope": "environment",
    }


def files() -> dict[Path, str]:
    """Returns the files of docs/postman/ as they should be."""
    apps = applications()
    merged = merge({name: app.openapi() for name, app in apps.items()}, (), ORIGIN)
    stated = [found for name, app in apps.items() for found in stated_operations(name, app)]
    return {COLLECTION: text(collection(merged, stated)), ENVIRONMENT: text(environment(ORIGIN))}


def text(found: Mapping[str, Any]) -> str:
    """Returns the file of a collection or an environment."""
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def requests_in(found: Json) -> list[Json]:
    """Returns the requests of a collection or a folder, in the order in which they run."""
    if "request" in found:
        return [found]
    return [one for inner in found.get("item", ()) for one in requests_in(inner)]


def unexplained(made: Json, known: Json) -> list[str]:
    """Returns the variables that a request uses before anything has set them."""
    there = {value["key"] for value in known["values"]}
    missing = []
    for one in requests_in(made):
        events = json.dumps(one["event"])
        before, _, after = events.partition('"listen": "test"')
        there |= _set_in(before)
        used = set(re.findall(r"\{\{(\w+)\}\}", json.dumps(one["request"])))
        missing += [f"{one['name']}: {name}" for name in sorted(used - there)]
        there |= _set_in(after)
    return missing


def _set_in(events: str) -> set[str]:
    return set(re.findall(r'environment\.set\(\\"(\w+)\\"', events))


def _kind(name: str) -> str:
    return "secret" if name.endswith("password") else "default"


def _tell_apart(folders: Mapping[str, Iterable[Json]]) -> None:
    """Number the requests that share a name, since a request is found by its name."""
    seen: dict[str, int] = {}
    for one in (one for items in folders.values() for one in items):
        seen[one["name"]] = seen.get(one["name"], 0) + 1
        if seen[one["name"]] > 1:
            one["name"] += f" ({seen[one['name']]})"
