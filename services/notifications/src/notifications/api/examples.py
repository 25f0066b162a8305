"""The confirmation of one order, as the API shows a message: the examples in OpenAPI.

`schemas.py` takes them; a test holds them against the schemas.
"""

from typing import Any

MESSAGE_ID = "01990000-0000-7000-8000-0000000000a1"
ORDER_ID = "01990000-0000-7000-8000-0000000000d1"

MESSAGE: dict[str, Any] = {
    "id": MESSAGE_ID,
    "template": "order_confirmed",
    "status": "sent",
    "order_id": ORDER_ID,
    "email": "ada@souk.example",
    "message_header_id": f"<order-confirmed.{ORDER_ID}@souk.example>",
    "attempts": 1,
    "problem": None,
    "created_at": "2026-11-22T13:00:01Z",
    "sent_at": "2026-11-22T13:00:02Z",
    "_links": {
        "self": {"href": f"/v1/messages/{MESSAGE_ID}"},
        "order": {"href": f"/v1/orders/{ORDER_ID}"},
    },
}
MESSAGE_PAGE: dict[str, Any] = {
    "items": [MESSAGE],
    "_links": {"self": {"href": f"/v1/messages?order_id={ORDER_ID}"}},
}
