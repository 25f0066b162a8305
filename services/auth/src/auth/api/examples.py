"""One customer of the demo in every answer of the API, for the examples in OpenAPI.

The schemas take them; a test holds them against the schemas.
"""

from typing import Any

USER_ID = "01990000-0000-7000-8000-0000000000f1"
SESSION_ID = "01990000-0000-7000-8000-000000000091"

USER: dict[str, Any] = {
    "id": USER_ID,
    "email": "customer@souk.example",
    "email_verified": True,
    "name": "Casey Customer",
    "roles": ["customer"],
    "imported": False,
    "created_at": "2026-11-22T12:00:00Z",
    "_links": {"self": {"href": "/v1/users/me"}},
}
REGISTRATION: dict[str, Any] = {
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "password": "correct horse battery",
}
IMPORT: dict[str, Any] = {"email": "ida.import@example.com", "name": "Ida Import"}
PROFILE_PATCH: dict[str, Any] = {"name": "Ada Lovelace"}
SESSION: dict[str, Any] = {
    "id": SESSION_ID,
    "started_at": "2026-11-22T12:00:00Z",
    "last_seen_at": "2026-11-22T12:30:00Z",
    "ends_at": "2026-11-22T13:30:00Z",
    "address": "192.0.2.7",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "methods": ["pwd"],
    "current": True,
}
SESSIONS: dict[str, Any] = {
    "items": [SESSION],
    "_links": {"self": {"href": "/v1/users/me/sessions"}},
}
# The demo's password twice: pressing Execute at /docs changes nothing and succeeds.
PASSWORD_CHANGE: dict[str, Any] = {
    "current_password": "souk-demo-2026",
    "new_password": "souk-demo-2026",
}
