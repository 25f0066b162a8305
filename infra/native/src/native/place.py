"""Where one stack keeps its state, and where the tools lie that every stack of a checkout shares.

`$SOUK_HOME` holds data, logs, sockets and secrets of one stack; `$SOUK_TOOLS` holds what is the
same for all of them (the virtual environment and the jars). Both are `.souk/` in the checkout
unless told otherwise. Every other module of this package asks here and builds no path itself.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[4]
# A Unix socket's name may have 104 bytes on macOS and 108 on Linux, and supervisor first binds a
# longer, temporary one (".<pid>" behind it).
LONGEST_SOCKET_NAME = 90


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one stack."""

    home: Path
    tools: Path

    @classmethod
    def from_environment(cls) -> "Place":
        """The place that `SOUK_HOME` and `SOUK_TOOLS` name, `.souk/` in the checkout by default."""
        default = CHECKOUT / ".souk"
        home = Path(os.environ.get("SOUK_HOME") or default).expanduser().absolute()
        tools = Path(os.environ.get("SOUK_TOOLS") or default).expanduser().absolute()
        return cls(home=home, tools=tools)

    @property
    def data(self) -> Path:
        """One folder below it for each server."""
        return self.home / "data"

    @property
    def logs(self) -> Path:
        """One file for each process, kept small by supervisor."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """The supervisor's configuration, socket and process id."""
        return self.home / "run"

    @property
    def mail(self) -> Path:
        """The mails that the mailbox took, one file each."""
        return self.home / "mail"

    @property
    def media(self) -> Path:
        """The pictures of products; among the servers' data, since it goes and stays with them."""
        return self.data / "media"

    @property
    def spans(self) -> Path:
        """The newest spans of the services, for `/console` and `./souk trace`."""
        return self.data / "spans.sqlite"

    @property
    def secrets(self) -> Path:
        """Passwords and the operator's key, readable by the owner alone."""
        return self.home / "secrets.json"

    @property
    def record(self) -> Path:
        """What runs here: ports, addresses and replicas of the stack that `up` started."""
        return self.home / "stack.json"

    @property
    def jars(self) -> Path:
        """A folder of jars for each Java server."""
        return self.tools / "jars"

    @property
    def socket(self) -> Path:
        """The supervisor's socket; outside the home where the home's name is too long for one."""
        inside = self.run / "supervisor.sock"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_NAME:
            return inside
        return Path(f"/tmp/souk-{os.getuid()}-{self.fingerprint}.sock")  # noqa: S108

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits that tell this home from every other on the machine."""
        return hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]

    def make(self) -> None:
        """Make the folders that every process expects."""
        for folder in (self.home, self.data, self.logs, self.run, self.mail):
            folder.mkdir(parents=True, exist_ok=True)


def open_to_all(path: Path) -> bool:
    """Whether any user of the machine may walk down to `path` (which need not exist yet)."""
    existing = [folder for folder in (path, *path.parents) if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in existing)


def write_private(path: Path, text: str) -> None:
    """Replace `path` by `text`, at no moment readable by anybody but the owner."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
