"""What can go wrong with a client's registration; `api/client_problems.py` has their problems."""


class ClientNotFound(Exception):
    """No client has this id."""

    def __init__(self, client_id: str) -> None:
        super().__init__(f"There is no client {client_id}.")


class ClientBuiltIn(Exception):
    """The client is part of the configuration, which would bring it back at the next start."""

    def __init__(self, client_id: str) -> None:
        super().__init__(f"The client {client_id} comes from the configuration.")


class ClientChanged(Exception):
    """If-Match names a version of the registration that is no longer the current one."""

    def __init__(self) -> None:
        super().__init__("The client was changed since you read it; read it again.")
