"""Loads the fixtures that give any test real servers; see `native.testing`."""

# The folder `gateway/` has the name of the package inside it. Imported before pytest collects, the
# package is what the name means, and not the folder.
import gateway

__all__ = ["gateway"]

pytest_plugins = ["native.testing"]
