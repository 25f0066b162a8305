"""Accounts, sign-in and tokens.

- `domain/` the rules: accounts, roles and scopes, OAuth clients, codes, refresh families.
- `application/` one use case a file: register, import, sign in, and the four token grants.
- `adapters/` PostgreSQL, Redis, argon2id and signed tokens behind the domain's ports.
- `api/` the account API, the token endpoint, and the sign-in page with its templates.
- `bootstrap.py` wires it, `settings.py` reads the environment, `main.py` is the process.

Auth takes in no events, so there are no consumers; it publishes `auth.events` by its outbox.
"""
