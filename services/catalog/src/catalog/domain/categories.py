"""The tree of categories: what stands under what, and the way down to each.

`adapters/category_file.py` reads it from the data file once, at the start; it never changes
while the process runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.domain.errors import CategoryNotFound, UnknownCategory


@dataclass(frozen=True, slots=True)
class Category:
    """One node of the tree with all that is under it."""

    slug: str
    name: str
    children: tuple["Category", ...] = ()


class CategoryTree:
    """All categories. Raises ValueError where a slug occurs twice."""

    def __init__(self, roots: Sequence[Category]) -> None:
        self.roots = tuple(roots)
        self._paths: dict[str, tuple[Category, ...]] = {}
        for path in _paths(self.roots, ()):
            if path[-1].slug in self._paths:
                raise ValueError(f"the category {path[-1].slug!r} occurs twice")
            self._paths[path[-1].slug] = path

    def __contains__(self, slug: str) -> bool:
        return slug in self._paths

    @property
    def by_slug(self) -> Mapping[str, Category]:
        """Every category by its slug, parents before children."""
        return {slug: path[-1] for slug, path in self._paths.items()}

    def path(self, slug: str) -> tuple[Category, ...]:
        """Returns the categories from the root down to this one; raises CategoryNotFound."""
        try:
            return self._paths[slug]
        except KeyError:
            raise CategoryNotFound(slug) from None

    def path_slugs(self, slug: str) -> tuple[str, ...]:
        """Returns the slugs from the root down to this one; raises UnknownCategory."""
        if slug not in self._paths:
            raise UnknownCategory(slug)
        return tuple(category.slug for category in self._paths[slug])


def _paths(
    categories: Sequence[Category], above: tuple[Category, ...]
) -> Iterator[tuple[Category, ...]]:
    for category in categories:
        path = (*above, category)
        yield path
        yield from _paths(category.children, path)
