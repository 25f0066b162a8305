"""Makes installed packages smaller, and compiles them; the Dockerfiles call it.

`python slim.py /venv` works on an environment. `python slim.py /venv /own` moves what was installed
into it since then to a folder of its own: so the environment is one layer that all images share.
Wheels bring tests, sources of extensions and debugging symbols, a third of their bytes, which no
running service reads. Modules are compiled here, since a container's root cannot be written to.
"""

import compileall
import re
import shutil
import struct
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

BEFORE = Path("/before")  # what an environment held when it was slimmed
TESTS = ("tests", "testing")
# What an extension was made from, and what a type checker reads.
SOURCES = frozenset({".c", ".cpp", ".h", ".hpp", ".pxd", ".pyx", ".pxi", ".pyi", ".proto"})
# Models of the clouds' services, of which the shop asks two.
MODELS = "botocore/data"
MODELS_USED = frozenset({"s3", "sts"})
# Modules that no service loads stay as they are: they are compiled if one ever does.
NOT_LOADED = re.compile(
    r"/(stripe/(params|events)|sqlalchemy/dialects/(mysql|oracle|mssql|sqlite))/"
)
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
    if not compileall.compile_dir(
        packages, quiet=1, rx=NOT_LOADED, invalidation_mode=never_stale, workers=0
    ):
        raise SystemExit("a module does not compile")


def files(packages: Path) -> set[str]:
    """Every file, by its path in the environment."""
    found = (path for path in packages.rglob("*") if not path.is_dir())
    return {str(path.relative_to(packages)) for path in found if path.suffix != ".pyc"}


def move_new(packages: Path, own: Path) -> None:
    """Take out what was not there before; a folder that has old and new files keeps the old."""
    before = set(BEFORE.read_text().splitlines())
    for name in sorted(files(packages) - before):
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(packages / name, own / name)


if __name__ == "__main__":
    environment = next(Path(sys.argv[1]).glob("lib/python3*/site-packages"))
    if sys.argv[2:]:
        target = Path(sys.argv[2])
        target.mkdir()
        move_new(environment, target)
        slim(target)
    else:
        slim(environment)
        BEFORE.write_text("\n".join(files(environment)))
