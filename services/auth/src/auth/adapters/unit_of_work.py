"""One transaction of auth's database, with its repositories and its outbox.

Bootstrap makes a new one for each use case; see `chassis.unit_of_work` for what commits.
"""

from collections.abc import Iterable
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.client_repository import SqlClients
from auth.adapters.event_mapping import TOPIC, to_message
from auth.adapters.grant_repositories import (
    SqlCodes,
    SqlConsents,
    SqlExchanges,
    SqlFamilies,
)
from auth.adapters.identity_repository import SqlIdentities
from auth.adapters.key_rows import SqlSigningKeys
from auth.adapters.mail_repository import SqlMailedTokens, SqlPendingMails
from auth.adapters.revocation_book import SqlRevocations
from auth.adapters.second_factor_repository import SqlSecondFactors
from auth.adapters.user_repository import SqlUsers
from chassis.encryption import Encryption
from chassis.envelope import Event
from chassis.unit_of_work import SqlUnitOfWork


class AuthUnitOfWork(SqlUnitOfWork):
    """Implements application.unit_of_work.UnitOfWork."""

    users: SqlUsers
    clients: SqlClients
    codes: SqlCodes
    families: SqlFamilies
    exchanges: SqlExchanges
    mails: SqlPendingMails
    mailed_tokens: SqlMailedTokens
    second_factors: SqlSecondFactors
    identities: SqlIdentities
    consents: SqlConsents
    revocations: SqlRevocations
    keys: SqlSigningKeys

    def __init__(self, engine: AsyncEngine, encryption: Encryption) -> None:
        super().__init__(engine)
        self._encryption = encryption

    async def __aenter__(self) -> Self:
        """Opens the connection and the repositories on it."""
        await super().__aenter__()
        self.users = SqlUsers(self.connection)
        self.clients = SqlClients(self.connection)
        self.codes = SqlCodes(self.connection)
        self.families = SqlFamilies(self.connection)
        self.exchanges = SqlExchanges(self.connection)
        self.mails = SqlPendingMails(self.connection)
        self.mailed_tokens = SqlMailedTokens(self.connection)
        self.identities = SqlIdentities(self.connection)
        self.second_factors = SqlSecondFactors(self.connection, self._encryption)
        self.consents = SqlConsents(self.connection)
        self.revocations = SqlRevocations(self.connection)
        self.keys = SqlSigningKeys(self.connection)
        return self

    def collect(self) -> Iterable[tuple[str, Event]]:
        """Takes the events of the accounts added in this transaction."""
        for user in self.users.seen:
            while user.events:
                yield TOPIC, to_message(user.events.pop(0))
