"""What comes out of the painter: upright renditions without metadata, and nothing from liars."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from catalog.adapters.painting import paint
from catalog.domain.media import NoPicture
from catalog.domain.pictures import MAX_PIXELS, MAX_SIDE
from catalog.testing_media import picture_bytes

SCRIPT = b"<script>alert('owned')</script>"
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_head(width: int, height: int, *more: bytes) -> bytes:
    """A PNG of a few bytes that says it is as large as one likes."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join([chunk(b"IHDR", head), *more, chunk(b"IEND", b"")])


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("kind", TYPES)
def test_a_picture_becomes_renditions_that_are_never_larger(kind: str) -> None:
    painted = paint(picture_bytes(1200, 900, kind), TYPES[kind])
    sizes = [(r.width, r.height) for r in painted.picture.renditions]
    assert sizes == [(160, 120), (480, 360), (960, 720), (1200, 900)]
    assert (painted.picture.width, painted.picture.height) == (1200, 900)
    for rendition in painted.picture.renditions:
        image = opened(painted.files[rendition.name])
        assert (image.format, image.size) == ("WEBP", (rendition.width, rendition.height))


def test_a_huge_one_is_shown_at_1920_and_a_tiny_one_as_it_is() -> None:
    huge = paint(picture_bytes(4000, 2000, "JPEG"), "image/jpeg").picture
    assert [r.width for r in huge.renditions] == [160, 480, 960, 1920]
    assert huge.width == 4000
    tiny = paint(picture_bytes(1, 1), "image/png").picture
    assert [(r.width, r.height) for r in tiny.renditions] == [(1, 1)]


def test_a_name_is_the_digest_and_the_same_bytes_make_the_same_names() -> None:
    data = picture_bytes()
    assert paint(data, "image/png") == paint(data, "image/png")
    assert paint(data, "image/png").picture.id != paint(picture_bytes(641), "image/png").picture.id


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "I;16", "1"])
def test_every_mode_of_pixels_is_understood(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    out = BytesIO()
    Image.new(mode, (300, 200)).save(out, kind)
    painted = paint(out.getvalue(), TYPES[kind])
    assert [r.width for r in painted.picture.renditions] == [160, 300]


def test_transparency_is_kept_and_sixteen_bits_are_not_cut_off() -> None:
    clear = paint(picture_bytes(mode="RGBA"), "image/png")
    assert opened(next(iter(clear.files.values()))).mode == "RGBA"
    grey = BytesIO()
    Image.new("I;16", (20, 20), 128 * 256).save(grey, "PNG")
    (data,) = paint(grey.getvalue(), "image/png").files.values()
    red, *_rest = opened(data).convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert 120 <= red <= 136


def test_a_picture_that_lies_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    painted = paint(picture_bytes(400, 200, "JPEG", exif=exif.tobytes()), "image/jpeg")
    assert (painted.picture.width, painted.picture.height) == (200, 400)
    image = opened(painted.files[painted.picture.renditions[-1].name])
    assert image.size == (200, 400)
    # What was above is at the right now: the white half.
    left, right = image.getpixel((20, 200)), image.getpixel((180, 200))
    assert sum(left) < 100 < 600 < sum(right)  # type: ignore[arg-type]


def test_metadata_and_profiles_stay_behind() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home " + SCRIPT.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = picture_bytes(300, 300, "JPEG", exif=exif.tobytes(), icc_profile=profile, comment=SCRIPT)
    assert SCRIPT in data
    for encoded in paint(data, "image/jpeg").files.values():
        assert SCRIPT not in encoded
        assert b"taken at home" not in encoded
        assert not {"exif", "icc_profile", "xmp"} & opened(encoded).info.keys()


def test_a_profile_that_is_not_applied_is_left_out_all_the_same() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = picture_bytes(300, 300, "PNG", mode="RGBA", icc_profile=profile)
    assert "icc_profile" in opened(data).info
    for encoded in paint(data, "image/png").files.values():
        assert "icc_profile" not in opened(encoded).info


def polyglots() -> dict[str, tuple[bytes, str]]:
    """Pictures that are something else as well, each with the type that it is announced as."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SCRIPT.decode())
    jpeg = picture_bytes(200, 200, "JPEG")
    return {
        "html behind a JPEG": (jpeg + b"<html>" + SCRIPT, "image/jpeg"),
        "a zip behind a PNG": (picture_bytes() + b"PK\x03\x04" + SCRIPT, "image/png"),
        "a script in a text chunk": (picture_bytes(pnginfo=info), "image/png"),
        "a script in a JPEG's comment": (picture_bytes(kind="JPEG", comment=SCRIPT), "image/jpeg"),
        "a script in WebP's metadata": (picture_bytes(kind="WEBP", xmp=SCRIPT), "image/webp"),
        "PHP in a JPEG's comment": (
            picture_bytes(kind="JPEG", comment=b"<?php system($_GET['c']); ?>" + SCRIPT),
            "image/jpeg",
        ),
    }


@pytest.mark.parametrize("name", polyglots())
def test_what_hid_in_a_picture_is_not_in_its_renditions(name: str) -> None:
    data, content_type = polyglots()[name]
    assert SCRIPT in data
    for encoded in paint(data, content_type).files.values():
        assert encoded[:4] == b"RIFF"
        assert encoded[8:12] == b"WEBP"
        assert SCRIPT not in encoded
        assert b"<?php" not in encoded


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
GIF = picture_bytes(kind="GIF")
BOMB = png_head(60_000, 60_000, chunk(b"IDAT", zlib.compress(bytes(10_000))))


@pytest.mark.parametrize(
    ("data", "content_type", "said"),
    [
        (SVG, "image/png", "no JPEG"),
        (b"<!DOCTYPE html>" + SCRIPT, "image/jpeg", "no JPEG"),
        (b"\xff\xd8\xff\xe0" + SCRIPT, "image/jpeg", "no JPEG|cannot be decoded"),
        (b"\x89PNG\r\n\x1a\n" + SCRIPT, "image/png", "no JPEG"),
        (b"GIF89a" + SCRIPT, "image/png", "no JPEG"),
        (GIF, "image/png", "no JPEG"),
        (picture_bytes(kind="BMP"), "image/png", "no JPEG"),
        (picture_bytes(kind="TIFF"), "image/jpeg", "no JPEG"),
        (b"%PDF-1.7", "image/jpeg", "no JPEG"),
        (b"", "image/png", "no JPEG"),
        (picture_bytes(kind="JPEG"), "image/png", "announced as image/png, and is JPEG"),
        (picture_bytes(kind="JPEG")[:2000], "image/jpeg", "broken or cut off"),
        (picture_bytes()[:-30], "image/png", "broken or cut off"),
        (png_head(10, 10), "image/png", "broken or cut off"),
        (BOMB, "image/png", "pixels"),
        (png_head(MAX_SIDE + 1, 1), "image/png", f"{MAX_SIDE} a side"),
        (png_head(MAX_PIXELS // 5_000 + 1, 5_000), "image/png", f"{MAX_PIXELS} are allowed"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:12].hex(),
)
def test_what_is_no_fit_picture_is_refused(data: bytes, content_type: str, said: str) -> None:
    with pytest.raises(NoPicture, match=said):
        paint(data, content_type)


def test_only_the_first_frame_of_an_animation_is_shown() -> None:
    out = BytesIO()
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    (data,) = paint(out.getvalue(), "image/webp").files.values()
    image = opened(data)
    assert getattr(image, "n_frames", 1) == 1
    red, _green, blue = image.convert("RGB").getpixel((25, 25))  # type: ignore[misc]
    assert red > 200 > 60 > blue
