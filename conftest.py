"""Loads the fixtures that give any test real servers; see `native.testing`.

Properties are tried without a deadline for one example: a machine that does much else is no fault.
"""

from hypothesis import settings

# The folder `gateway/` has the name of the package inside it. Imported before pytest collects, the
# package is what the name means, and not the folder.
import gateway

__all__ = ["gateway"]

pytest_plugins = ["native.testing"]

settings.register_profile("souk", deadline=None)
settings.load_profile("souk")
