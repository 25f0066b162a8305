"""Entity tags and preconditions (RFC 9110, sections 8.8.3 and 13.1).

Reads answer 304 through `matches_weakly` and If-None-Match; writes refuse a stale copy with 412
through `matches` and If-Match.
"""

import hashlib
import re

_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def strong_etag(*parts: object) -> str:
    """Returns a strong entity tag, in quotes, that changes when one of the parts does."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        text = str(part).encode()
        digest.update(len(text).to_bytes(4, "big") + text)
    return f'"{digest.hexdigest()}"'


def matches(header: str | None, etag: str) -> bool:
    """If-Match: strong comparison, so a weak tag never matches. No header matches nothing."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return any(tag == etag for weak, tag in _TAG.findall(header) if not weak)


def matches_weakly(header: str | None, etag: str) -> bool:
    """If-None-Match: weak comparison. No header matches nothing."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return any(tag == etag.removeprefix("W/") for _weak, tag in _TAG.findall(header))
