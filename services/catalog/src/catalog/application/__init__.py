"""The use cases, a file each: what the catalogue does for whoever asks, over its ports.

Plain functions that take a command and a `Shop`. The API and the consumers call them.
"""
