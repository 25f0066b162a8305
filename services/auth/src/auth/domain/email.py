"""One spelling for each e-mail address, so that an address names one account.

Registration, import and sign-in all pass through here before they touch the database.
"""

from email_validator import EmailNotValidError, validate_email

from auth.domain.errors import InvalidField


def normalise_email(text: str) -> str:
    """Returns the address as it is kept and shown: trimmed, NFC, its domain in lower case.

    Raises InvalidField for what RFC 5321 and 6531 do not allow. The address is not looked up.
    """
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise InvalidField("email", str(error)) from error


def email_key(normalised: str) -> str:
    """Returns the form under which addresses are compared: without letter case.

    RFC 5321 lets a host tell `Anna@` from `anna@`, but none does, and people type both.
    """
    return normalised.casefold()
