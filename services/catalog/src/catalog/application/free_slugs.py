"""Finds slugs that nobody has for many new products at once. Called by `import_products`."""

from collections.abc import Mapping

from catalog.domain.ports import Products
from catalog.domain.slugs import slug_candidates


async def free_slugs(names: Mapping[str, str], products: Products) -> dict[str, str]:
    """Returns a slug for each code of `names`; they differ from all stored and among themselves.

    Each round asks for the next candidate of those that have none yet, so nearly all are served
    in the first.
    """
    waiting = {code: slug_candidates(name, code) for code, name in names.items()}
    chosen: dict[str, str] = {}
    while waiting:
        wished = {code: next(candidates) for code, candidates in waiting.items()}
        taken = await products.taken_slugs(set(wished.values())) | set(chosen.values())
        for code, slug in wished.items():
            if slug not in taken:
                taken.add(slug)
                chosen[code] = slug
                del waiting[code]
    return chosen
