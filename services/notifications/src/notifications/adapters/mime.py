"""A mail as bytes: headers that cannot be injected, a text part and an HTML part (RFC 5322, 2046).

Addresses are checked and names made one line before the standard library, which refuses line
breaks in headers as well, sees them. The same mail gives the same headers each time.
"""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from email_validator import EmailNotValidError, validate_email

from notifications.domain.ports import Mail, MailRefused

# Quoted-printable lines have 76 characters at most (RFC 2045, section 6.7).
_POLICY = SMTP.clone(max_line_length=76)
_LONGEST_SUBJECT = 150


def ascii_address(email: str) -> str:
    """Returns an address as SMTP takes it. Raises MailRefused for one that no server would."""
    try:
        found = validate_email(email, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise MailRefused("not an address that mail can be sent to") from error
    return found.ascii_email or found.normalized


def compose(mail: Mail, sender: Address) -> bytes:
    """Returns the message with CRLF line ends. Raises MailRefused for an impossible address."""
    message = EmailMessage(policy=_POLICY)
    message["Message-ID"] = mail.header_id
    message["Date"] = format_datetime(mail.date)
    message["From"] = sender
    message["To"] = Address(mail.recipient.greeting, addr_spec=ascii_address(mail.recipient.email))
    message["Subject"] = " ".join(mail.subject.split())[:_LONGEST_SUBJECT]
    # Keeps holiday replies away (RFC 3834), and tells our own mailbox page what this is.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Souk-Template"] = mail.template.value
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="base64")
    message.set_boundary(f"=_{mail.header_id.strip('<>').partition('@')[0]}")
    return message.as_bytes()
