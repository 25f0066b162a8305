"""Makes words of a mail about an account: one text and one HTML template for each kind, in Jinja2.

The first line of the text template is the subject. HTML is escaped by Jinja2 itself, and a name
that a template misses is an error, never an empty place.
"""

from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from auth.domain.secret_mail import MailKind, PendingMail
from auth.domain.user import User
from chassis.mail import Mail

PATHS = {
    MailKind.VERIFY_EMAIL: "/account/email-verification",
    MailKind.RESET_PASSWORD: "/account/password-reset",
}


class JinjaRenderer:
    """Implements application.send_mails.Renderer. `shop_url` is where people reach the shop."""

    def __init__(self, shop_url: str, mail_domain: str) -> None:
        self._shop_url = shop_url
        self._mail_domain = mail_domain
        self._environment = Environment(
            loader=PackageLoader("auth.adapters", "mail_templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def render(self, pending: PendingMail, user: User, token: str | None) -> Mail:
        """Returns subject, text and HTML."""
        values = {
            "name": user.name,
            "shop_url": self._shop_url,
            "account_url": f"{self._shop_url}/account",
            "forgotten_url": f"{self._shop_url}/account/forgotten-password",
        }
        if token is not None:
            values["link"] = f"{self._shop_url}{PATHS[pending.kind]}?{urlencode({'token': token})}"
        text = self._render(f"{pending.kind}.txt", values)
        subject, _newline, body = text.partition("\n")
        return Mail(
            header_id=pending.header_id(self._mail_domain),
            kind=pending.kind,
            recipient=user.email,
            name=user.name,
            date=pending.created_at,
            subject=subject.strip(),
            text=body.lstrip("\n") + "\n",
            html=self._render(f"{pending.kind}.html", values),
        )

    def _render(self, name: str, values: dict[str, str]) -> str:
        return self._environment.get_template(name).render(values)
