"""Pillow: decodes what a stranger sent and encodes what is shown, as a program of its own.

`painter.py` runs it, a process a picture, with the bytes at its standard input; the cloud function
calls `paint`. What it makes are new pixels in new files: metadata, profiles, further frames and
whatever else hid in the bytes stay behind.
"""

import hashlib
import json
import resource
import struct
import sys
import warnings
import zlib
from contextlib import suppress
from dataclasses import asdict
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from catalog.domain.media import NoPicture, Painted
from catalog.domain.pictures import MAX_PIXELS, MAX_SIDE, SIDES, Picture, Rendition

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
QUALITY = 80

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_ORIENTATION = 0x0112
# Orientations from 5 on lie on their side (EXIF 2.32, 4.6.4).
_LYING = 5
# What Pillow's decoders raise when a file is broken or hostile.
_BROKEN = (
    *(OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, MemoryError),
    *(OverflowError, struct.error, zlib.error, Image.DecompressionBombError),
)


def paint(data: bytes, content_type: str) -> Painted:
    """Returns the renditions of a picture, first frame only; raises NoPicture with the reason."""
    image = _opened(data)
    if image.format != _FORMATS[content_type]:
        raise NoPicture(f"It was announced as {content_type}, and is {image.format}.")
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise NoPicture(
            f"It has {width} × {height} pixels; {MAX_PIXELS} are allowed, {MAX_SIDE} a side."
        )
    try:
        if image.getexif().get(_ORIENTATION, 1) >= _LYING:
            width, height = height, width
        bare = _bare(image)
    except _BROKEN as error:
        raise NoPicture("It cannot be decoded: it is broken or cut off.") from error
    files, renditions = {}, []
    for side in _sides(max(bare.size)):
        encoded, size = _encoded(bare, side)
        name = f"{hashlib.sha256(encoded).hexdigest()}.webp"
        files[name] = encoded
        renditions.append(Rendition(name, *size))
    picture = Picture(hashlib.sha256(data).hexdigest(), "", width, height, tuple(renditions))
    return Painted(picture, files)


def _opened(data: bytes) -> Image.Image:
    """Reads the head of the file and no pixel yet."""
    with warnings.catch_warnings():
        # The limit on pixels is checked with words of our own.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(BytesIO(data), formats=tuple(_FORMATS.values()))
        except Image.DecompressionBombError as error:
            raise NoPicture(f"It has far more than {MAX_PIXELS} pixels.") from error
        except _BROKEN as error:
            raise NoPicture("It is no JPEG, PNG or WebP picture.") from error


def _bare(image: Image.Image) -> Image.Image:
    """Returns the pixels alone, upright, in sRGB, no larger than the largest rendition."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        # 16 bits a pixel; Pillow would cut them off at 255.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    elif image.mode not in ("RGB", "RGBA", "L", "CMYK"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((SIDES[-1], SIDES[-1]), Image.Resampling.LANCZOS, reducing_gap=3.0)
    image = ImageOps.exif_transpose(image)
    if profile and image.mode in ("RGB", "CMYK"):
        image = _in_srgb(image, profile)
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    bare = Image.new(mode, image.size)
    bare.paste(image.convert(mode))
    return bare


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """A profile that nobody can read is none."""
    with suppress(ImageCms.PyCMSError, *_BROKEN):
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        wanted = ImageCms.createProfile("sRGB")
        found = ImageCms.profileToProfile(image, source, wanted, outputMode="RGB")
        return found or image
    return image


def _sides(longest: int) -> list[int]:
    return [*(side for side in SIDES if side < longest), min(longest, SIDES[-1])]


def _encoded(bare: Image.Image, side: int) -> tuple[bytes, tuple[int, int]]:
    smaller = bare.copy()
    smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = BytesIO()
    smaller.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue(), smaller.size


def limit_resources() -> None:
    """Bounds what decoding may take of this process; macOS knows no limit on memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def main() -> None:
    """Writes one line of JSON, and behind it the files in the order of the line."""
    limit_resources()
    try:
        painted = paint(sys.stdin.buffer.read(), sys.argv[1])
    except NoPicture as error:
        said: dict[str, object] = {"refused": str(error)}
        files: list[bytes] = []
    else:
        sizes = {name: len(data) for name, data in painted.files.items()}
        said = {"picture": asdict(painted.picture), "sizes": sizes}
        files = list(painted.files.values())
    sys.stdout.buffer.write(b"".join([json.dumps(said).encode() + b"\n", *files]))


if __name__ == "__main__":
    main()
