"""Reads `data/categories.yaml`: the tree of categories and the rules that place products.

`bootstrap` calls it once at the start; a file that contradicts itself stops the process there.
"""

from importlib.resources import files
from typing import Any

import yaml

from catalog.domain.categories import Category, CategoryTree
from catalog.domain.placement import Placement, Rule, Taxonomy


def load_taxonomy() -> Taxonomy:
    """Reads the packaged file; raises ValueError where it contradicts itself."""
    text = files("catalog").joinpath("data/categories.yaml").read_text(encoding="utf-8")
    return parse_taxonomy(text)


def parse_taxonomy(text: str) -> Taxonomy:
    """Reads YAML; raises ValueError for a rule without a category or a category given twice."""
    document = yaml.safe_load(text)
    tree = CategoryTree([_category(node) for node in document["tree"]])
    rules = [_rule(node) for node in document["rules"]]
    otherwise = str(document["otherwise"])
    unknown = {slug for slug in [*(rule.category for rule in rules), otherwise] if slug not in tree}
    if unknown:
        raise ValueError(f"rules name categories that the tree lacks: {sorted(unknown)}")
    return Taxonomy(tree, Placement(rules, otherwise))


def _category(node: dict[str, Any]) -> Category:
    children = tuple(_category(child) for child in node.get("children", ()))
    return Category(str(node["slug"]), str(node["name"]), children)


def _rule(node: dict[str, Any]) -> Rule:
    phrases = tuple(str(phrase) for phrase in node["phrases"])
    return Rule(str(node["category"]), phrases, tuple(str(p) for p in node.get("unless", ())))
