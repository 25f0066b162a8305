"""The stack in containers as verify wants it: its servers answer, and its mails lie in a folder.

`native.verify.standing` opens one where the record says that the stack is in containers.
"""

from native.compose import stack
from native.compose.client import find
from native.compose.containers import ENGINES, containers
from native.errors import StackError
from native.options import SERVICES
from native.place import Place


def prepared(place: Place) -> bool:
    """Fetch the mails; returns whether services run besides the servers.

    Raises:
        StackError: one of the servers is not ready.
    """
    client = find()
    found = containers(client)
    away = [name for name in ENGINES if name not in found or not found[name].ready]
    if away:
        raise StackError(f"{', '.join(away)} is not ready; ./souk --compose up starts it")
    stack.fetch_mails(client, found["mailbox"], place.mail)
    return any(found[name].ready for name in SERVICES if name in found)
