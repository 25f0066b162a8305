"""Puts the services' OpenAPI documents together without letting their names clash.

Each component is named after its service, always, so that a name does not depend on which services
answer just now; only the chassis' own `Problem` is shared. Called by `source.ApiDocument`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chassis.problems import Problem
from gateway.openapi.names import Document, NamesClash, clashes, is_of, operations

_INTRODUCTION = (
    "Everything that the shop can do, from one origin. Press **Authorize**, keep the scopes as "
    "they are, and sign in as `customer@souk.example` with the password `souk-demo-2026`. Then "
    "create a cart, put a product into it, and place an order: **Try it out** works with what is "
    "prefilled, because this page remembers the ids, the ETag and the guest's token that it saw."
)


def merge(documents: Mapping[str, Document], missing: Sequence[str], origin: str) -> Document:
    """The merged document; `missing` names the services that gave none.

    `origin` is the scheme and authority under which clients reach the gateway. Raises NamesClash.
    """
    found = clashes(documents)
    if found:
        raise NamesClash(found)
    paths: Document = {}
    components: Document = {"schemas": {"Problem": Problem.model_json_schema()}}
    for service, document in documents.items():
        own = _renamed(document, service)
        paths |= {path: item for path, item in own.get("paths", {}).items() if is_of(service, path)}
        for kind, named in own.get("components", {}).items():
            components[kind] = {**named, **components.get(kind, {})}
    components["securitySchemes"] = _security_schemes(documents.values(), origin)
    _fill_examples_in(paths)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Souk", "version": "1", "description": _description(missing)},
        "servers": [{"url": origin}],
        "tags": _tags(documents, paths),
        "paths": paths,
        "components": components,
    }


def _description(missing: Sequence[str]) -> str:
    if not missing:
        return _INTRODUCTION
    away = ", ".join(f"**{name}**" for name in missing)
    return f"{_INTRODUCTION}\n\nNot answering at the moment, and so left out: {away}."


def _renamed(document: Document, service: str) -> Document:
    """The document with each component named `<service>.<name>`, and the references to it."""
    shared = Problem.model_json_schema()
    names: dict[str, str] = {}
    components: Document = {}
    for kind, named in document.get("components", {}).items():
        components[kind] = {}
        for name, component in named.items():
            is_shared = kind == "schemas" and component == shared
            new = name if is_shared or kind == "securitySchemes" else f"{service}.{name}"
            names[f"#/components/{kind}/{name}"] = f"#/components/{kind}/{new}"
            components[kind][new] = component
    renamed: Document = _follow({**document, "components": components}, names)
    return renamed


def _follow(node: Any, names: Mapping[str, str]) -> Any:
    """A copy of `node` in which every reference has its new name."""
    if isinstance(node, list):
        return [_follow(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _follow(value, names) for key, value in node.items()}
    if isinstance(node.get("$ref"), str):
        copy["$ref"] = names.get(node["$ref"], node["$ref"])
    mapping = node.get("mapping")
    if "propertyName" in node and isinstance(mapping, dict):
        copy["mapping"] = {value: names.get(ref, ref) for value, ref in mapping.items()}
    return copy


def _security_schemes(documents: Iterable[Document], origin: str) -> Document:
    """The schemes of all, with absolute URLs and the scopes of every service.

    Services know a scope's name alone; whichever document describes it does so for all.
    """
    merged: Document = {}
    for document in documents:
        for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
            known = merged.setdefault(name, _follow(scheme, {}))
            for flow, settings in scheme.get("flows", {}).items():
                scopes = known["flows"].setdefault(flow, {}).setdefault("scopes", {})
                for scope, description in settings.get("scopes", {}).items():
                    scopes[scope] = scopes.get(scope) or description
    for scheme in merged.values():
        for flow in scheme.get("flows", {}).values():
            flow["scopes"] = dict(sorted(flow["scopes"].items()))
            for url in ("authorizationUrl", "tokenUrl", "refreshUrl"):
                if flow.get(url, "").startswith("/"):
                    flow[url] = origin + flow[url]
    return merged


def _fill_examples_in(paths: Document) -> None:
    """Swagger UI prefills a parameter from its own example, not from its schema's."""
    for _path, _method, operation in operations({"paths": paths}):
        for parameter in operation.get("parameters", ()):
            examples = parameter.get("schema", {}).get("examples")
            if examples and "example" not in parameter and "examples" not in parameter:
                parameter["example"] = examples[0]


def _tags(documents: Mapping[str, Document], paths: Document) -> list[Document]:
    """The tags in the order of the paths; one that is not described is what its service is."""
    every = operations({"paths": paths})
    used = [tag for _, _, operation in every for tag in operation.get("tags", ())]
    tags = {tag: {"name": tag} for tag in used}
    for service, document in documents.items():
        about = document.get("info", {}).get("description", "")
        described = {tag["name"]: tag["description"] for tag in document.get("tags", ())}
        for path, _, operation in operations(document):
            for tag in operation.get("tags", ()) if is_of(service, path) else ():
                tags[tag]["description"] = described.get(tag, about)
    return list(tags.values())
