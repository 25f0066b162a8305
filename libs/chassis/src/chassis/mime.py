"""A mail as bytes: headers that cannot be injected, a text part and an HTML part (RFC 5322, 2046).

Written out by hand, since a mail of ours has one fixed form: the standard library's EmailMessage
takes ten times as long for it. Its parser reads every mail back in the tests. The same mail
gives the same bytes each time.
"""

from base64 import b64encode
from binascii import b2a_qp
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime

from email_validator import EmailNotValidError, validate_email

from chassis.mail import Mail, MailRefused

CRLF = "\r\n"
_LONGEST_SUBJECT = 150
_QUOTED = str.maketrans({"\\": r"\\", '"': r"\""})


def ascii_address(email: str) -> str:
    """Returns an address as SMTP takes it. Raises MailRefused for one that no server would."""
    try:
        found = validate_email(email, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise MailRefused("not an address that mail can be sent to") from error
    return found.ascii_email or found.normalized


def compose(mail: Mail, recipient: str, sender: Address) -> bytes:
    """Returns the message with CRLF line ends; `recipient` is as `ascii_address` made it."""
    boundary = f"=_{mail.header_id.strip('<>').partition('@')[0]}"
    headers = {
        "Message-ID": mail.header_id,
        "Date": format_datetime(mail.date),
        "From": _mailbox(sender.display_name, sender.addr_spec),
        "To": _mailbox(mail.name, recipient),
        "Subject": _words(" ".join(mail.subject.split())[:_LONGEST_SUBJECT]),
        # Keeps holiday replies away (RFC 3834).
        "Auto-Submitted": "auto-generated",
        # Tells our own mailbox page what this is.
        "X-Souk-Template": mail.kind,
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }
    text = b2a_qp(mail.text.replace("\n", CRLF).encode(), istext=True)
    html = _wrapped(b64encode(mail.html.encode()))
    return b"".join(
        (
            _head(headers),
            _part(boundary, "text/plain", "quoted-printable", text),
            _part(boundary, "text/html", "base64", html),
            f"--{boundary}--{CRLF}".encode(),
        )
    )


def _head(headers: dict[str, str]) -> bytes:
    """Returns the lines of the headers and the empty one after them.

    A folded line begins with a space; any other line break would begin a header of its own.
    """
    for value in headers.values():
        if "\r" in value.replace("\r\n ", "") or "\n" in value.replace("\r\n ", ""):
            raise MailRefused("a line break in a header")
    lines = "".join(f"{name}: {value}{CRLF}" for name, value in headers.items())
    return f"{lines}{CRLF}".encode("ascii")


def _wrapped(encoded: bytes) -> bytes:
    """Returns lines of 76 characters, as many as RFC 2045 (section 6.8) allows."""
    return b"\r\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))


def _part(boundary: str, kind: str, encoding: str, content: bytes) -> bytes:
    head = _head({"Content-Type": f"{kind}; charset=utf-8", "Content-Transfer-Encoding": encoding})
    return f"--{boundary}{CRLF}".encode() + head + content + b"\r\n"


def _mailbox(name: str, address: str) -> str:
    """Returns `"Name" <address>`; a name beyond ASCII becomes encoded words (RFC 2047)."""
    shown = f'"{name.translate(_QUOTED)}"' if name.isascii() else _words(name)
    return f"{shown} <{address}>"


def _words(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8").encode(linesep=CRLF)
