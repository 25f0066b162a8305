"""Loads the fixtures that give any test real servers; see `native.testing`."""

pytest_plugins = ["native.testing"]
