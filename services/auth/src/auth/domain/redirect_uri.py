"""Which addresses a client may register to get codes, or people after sign-out, sent to.

`register_client` checks them once; later they are only compared, byte for byte (RFC 9700 §4.1).
"""

import re
from urllib.parse import urlsplit

MAX_LENGTH = 512
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

# RFC 3986's characters without `*`, `#` and the brackets, which only a loopback address may have.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()+,;=%]+")
_AUTHORITY = re.compile(r"(\[::1\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(:[1-9][0-9]{0,4})?")
_DOTS = frozenset({".", "..", "%2e", "%2e%2e", ".%2e", "%2e."})


def fault_of(uri: str) -> str | None:
    """Returns what is wrong with an address, or None for one that may be registered.

    https, or http on the loopback address for a program on the person's own machine (RFC 8252
    §7.3); no fragment, wildcard, user name or path that a browser would read as another one.
    """
    if len(uri) > MAX_LENGTH or not _CHARACTERS.fullmatch(uri.replace("[::1]", "localhost", 1)):
        return "has a fragment, a wildcard or a character that no such address needs"
    parts = urlsplit(uri)
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if authority is None:
        return "has no plain host name in lower case"
    if parts.scheme != "https" and not (parts.scheme == "http" and authority[1] in LOOPBACK):
        return "is neither https nor http on the loopback address"
    if not uri.startswith(f"{parts.scheme}://"):
        return "is not written in lower case"
    if not _DOTS.isdisjoint(parts.path.lower().split("/")):
        return "has a path with dots for segments"
    return None
