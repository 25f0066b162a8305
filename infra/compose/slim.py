"""Makes an environment of installed packages smaller, and compiles it; the Dockerfiles call it.

Wheels bring test suites, sources of extensions and debugging symbols, a third of their bytes, which
no running service reads. Modules are compiled here, since a container's root cannot be written to.
"""

import compileall
import shutil
import struct
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

TESTS = ("tests", "testing")
# What an extension was made from, and what a type checker reads.
SOURCES = frozenset({".c", ".cpp", ".h", ".hpp", ".pxd", ".pyx", ".pxi", ".pyi", ".proto"})
# Models of the clouds' services, of which the shop asks two.
MODELS = "botocore/data"
MODELS_USED = frozenset({"s3", "sts"})
ELF64_LITTLE = b"\x7fELF\x02\x01"


def strip(content: bytes) -> bytes:
    """A library without what follows its last part that is loaded: symbols and debug sections.

    The loader reads program headers alone (System V ABI, chapter 5). Section headers, which it
    does not need, are cut off too, so the file's header is made to say that there are none.
    """
    if not content.startswith(ELF64_LITTLE):
        return content
    (table,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    ends = []
    for place in range(table, table + size * count, size):
        (offset,) = struct.unpack_from("<Q", content, place + 8)
        (length,) = struct.unpack_from("<Q", content, place + 32)
        ends.append(offset + length)
    short = bytearray(content[: max(ends)])
    struct.pack_into("<Q", short, 40, 0)
    struct.pack_into("<HH", short, 60, 0, 0)
    return bytes(short)


def slim(packages: Path) -> None:
    """Remove what is never read, and compile the rest."""
    doomed = [path for name in TESTS for path in packages.glob(f"*/{name}")]
    models = [path for path in packages.glob(f"{MODELS}/*") if path.is_dir()]
    doomed += [path for path in models if path.name not in MODELS_USED]
    for folder in doomed:
        shutil.rmtree(folder)
    for path in packages.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix in SOURCES:
            path.unlink()
        elif ".so" in path.suffixes:
            path.write_bytes(strip(path.read_bytes()))
    never_stale = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(packages, quiet=1, invalidation_mode=never_stale):
        raise SystemExit("a module does not compile")


if __name__ == "__main__":
    slim(next(Path(sys.argv[1]).glob("lib/python3*/site-packages")))
