"""What may be called by whom, written by hand, so that the table of rights is not its own judge.

The contract test holds the routes against it, the matrix test the running shop.
"""

# Operations that ask nothing of their caller.
PUBLIC = frozenset(
    {
        *("list_products", "get_product", "list_categories", "get_category"),
        *("list_products_v2", "get_product_v2"),
        *("register_user", "create_cart"),
        *("read_jwks", "read_server_metadata", "read_openid_configuration"),
    }
)

# (who, operation): each of these must be refused, whatever the table says.
FORBIDDEN = [
    ("customer", "import_user"),
    ("customer", "read_user"),
    ("customer", "list_audit_entries"),
    ("customer", "create_product"),
    ("customer", "change_price"),
    ("customer", "withdraw_product"),
    ("customer", "import_products"),
    ("customer", "start_picture_upload"),
    ("customer", "get_picture_upload"),
    ("customer", "finish_picture_upload"),
    ("customer", "remove_picture"),
    ("support", "start_picture_upload"),
    ("warehouse", "remove_picture"),
    ("customer", "list_stock"),
    ("customer", "adjust_stock"),
    ("customer", "list_prices"),
    ("customer", "create_promotion"),
    ("customer", "list_promotions"),
    ("customer", "list_payments"),
    ("customer", "refund_payment"),
    ("customer", "capture_payment"),
    ("customer", "void_payment"),
    ("customer", "get_ledger_balance"),
    ("customer", "start_reconciliation"),
    ("customer", "list_reconciliations"),
    ("customer", "get_reconciliation"),
    ("customer", "create_webhook"),
    ("customer", "list_webhook_deliveries"),
    ("customer", "list_clients"),
    ("customer", "register_client"),
    ("customer", "read_client"),
    ("customer", "change_client"),
    ("customer", "remove_client"),
    ("customer", "rotate_signing_key"),
    ("customer", "change_product"),
    ("customer", "get_stock"),
    ("customer", "list_movements"),
    ("customer", "get_stock_adjustment"),
    ("customer", "read_promotion"),
    ("customer", "change_promotion"),
    ("customer", "end_promotion"),
    ("customer", "get_payment"),
    ("customer", "get_payment_operation"),
    ("customer", "list_webhooks"),
    ("customer", "read_webhook"),
    ("customer", "change_webhook"),
    ("customer", "remove_webhook"),
    ("customer", "rotate_webhook_secret"),
    ("customer", "read_webhook_delivery"),
    ("customer", "redeliver_webhook_delivery"),
    ("support", "create_webhook"),
    ("customer", "pack_order"),
    ("customer", "ship_order"),
    ("customer", "deliver_shipment"),
    ("customer", "receive_return"),
    ("customer", "refuse_return"),
    ("customer", "refund_order"),
    ("merchandiser", "read_timeline"),
    ("merchandiser", "ship_order"),
    ("support", "pack_order"),
    ("support", "ship_order"),
    ("support", "list_audit_entries"),
    ("support", "import_user"),
    ("support", "create_product"),
    ("support", "change_promotion"),
    ("support", "change_price"),
    ("support", "adjust_stock"),
    ("support", "register_client"),
    ("support", "change_client"),
    ("support", "remove_client"),
    ("support", "rotate_signing_key"),
    ("support", "change_product"),
    ("support", "remove_webhook"),
    ("merchandiser", "read_order"),
    ("merchandiser", "place_order"),
    ("merchandiser", "refund_payment"),
    ("merchandiser", "start_reconciliation"),
    ("merchandiser", "adjust_stock"),
    ("merchandiser", "read_user"),
    ("merchandiser", "list_messages"),
    ("merchandiser", "list_audit_entries"),
    ("merchandiser", "register_client"),
    ("merchandiser", "rotate_signing_key"),
    ("merchandiser", "get_payment"),
    ("merchandiser", "get_stock"),
    ("warehouse", "rotate_webhook_secret"),
    ("warehouse", "change_price"),
    ("warehouse", "end_promotion"),
    ("warehouse", "cancel_order"),
    ("warehouse", "request_return"),
    ("warehouse", "refuse_return"),
    ("warehouse", "refund_order"),
    ("warehouse", "refund_payment"),
    ("warehouse", "start_reconciliation"),
    ("warehouse", "read_user"),
    ("warehouse", "list_messages"),
    ("warehouse", "list_audit_entries"),
    ("warehouse", "register_client"),
    ("warehouse", "rotate_signing_key"),
    ("warehouse", "change_product"),
    ("warehouse", "get_payment"),
    ("machine", "create_webhook"),
    ("machine", "change_own_profile"),
    ("machine", "refund_payment"),
    ("machine", "start_reconciliation"),
    ("machine", "adjust_stock"),
    ("machine", "import_products"),
    ("machine", "create_promotion"),
    ("machine", "import_user"),
    ("machine", "list_audit_entries"),
    ("machine", "register_client"),
    ("machine", "rotate_signing_key"),
    ("machine", "change_product"),
]

# What has an owner, and the scope that lifts the limit to one's own, where there is one.
OWNED = {
    "read_cart": None,
    "replace_cart_items": None,
    "put_cart_item": None,
    "remove_cart_item": None,
    "merge_cart": None,
    "change_cart": None,
    "use_code": None,
    "drop_code": None,
    "place_order": None,
    "read_order": "orders:read_all",
    "read_shipment": "orders:read_all",
    "read_return": "orders:read_all",
    "read_refund": "orders:read_all",
    "cancel_order": "orders:cancel_all",
    "read_timeline": "orders:read_all",
    "request_return": "orders:return_all",
    "get_message": "messages:read_all",
    "follow_order": "orders:read_all",
}
# These answer alike whoever's the thing is; `test_hostile_fields.py` looks that it is still there.
SILENT = frozenset({"end_own_session"})

# Routes outside every OpenAPI document, and what a stranger without cookie or proof gets there.
_FORM = frozenset({403})
_PAGE = frozenset({200})
_SIGN_IN_FIRST = frozenset({303})
_NO_PROVIDER = frozenset({403})
_CLIENT_FIRST = frozenset({400, 401})
PAGES: dict[tuple[str, str], frozenset[int]] = {
    ("GET", "/oauth/authorize"): frozenset({400}),
    ("GET", "/oauth/sign-in"): _PAGE,
    ("POST", "/oauth/sign-in"): _FORM,
    ("POST", "/oauth/token"): _CLIENT_FIRST,
    ("POST", "/oauth/sign-in/second-step"): _FORM,
    ("GET", "/oauth/sign-in/providers/{provider_id}"): _NO_PROVIDER,
    ("GET", "/oauth/sign-in/providers/{provider_id}/callback"): _NO_PROVIDER,
    ("POST", "/account/providers/{provider_id}/link"): _FORM | _SIGN_IN_FIRST,
    ("POST", "/account/providers/{provider_id}/unlink"): _FORM | _SIGN_IN_FIRST,
    ("GET", "/oauth/logout"): _PAGE | _SIGN_IN_FIRST,
    ("POST", "/oauth/logout"): _PAGE | _SIGN_IN_FIRST,
    ("POST", "/oauth/logout/confirmed"): _FORM | _SIGN_IN_FIRST,
    ("POST", "/oauth/consent"): _FORM,
    ("POST", "/oauth/introspect"): _CLIENT_FIRST,
    ("POST", "/oauth/revoke"): _CLIENT_FIRST,
    # The same as GET, which OpenAPI has; OpenID Connect asks for both.
    ("POST", "/oauth/userinfo"): frozenset({200, 401, 403}),
    ("GET", "/account"): _SIGN_IN_FIRST,
    ("GET", "/account/second-factor"): _SIGN_IN_FIRST,
    ("POST", "/account/second-factor/begin"): _FORM | _SIGN_IN_FIRST,
    ("POST", "/account/second-factor/confirm"): _FORM | _SIGN_IN_FIRST,
    ("POST", "/account/second-factor/remove"): _FORM | _SIGN_IN_FIRST,
    ("POST", "/account/password"): _FORM | _SIGN_IN_FIRST,
    ("POST", "/account/sessions/end"): _FORM | _SIGN_IN_FIRST,
    ("POST", "/account/sessions/end-all"): _FORM | _SIGN_IN_FIRST,
    ("POST", "/account/consents/withdraw"): _FORM | _SIGN_IN_FIRST,
    ("POST", "/account/verification-mail"): _FORM | _SIGN_IN_FIRST,
    ("GET", "/account/forgotten-password"): _PAGE,
    ("POST", "/account/forgotten-password"): _FORM,
    ("GET", "/account/password-reset"): _PAGE | frozenset({410}),
    ("POST", "/account/password-reset"): _FORM,
    ("GET", "/account/email-verification"): _PAGE | frozenset({410}),
    ("POST", "/account/email-verification"): _FORM,
}

# Where others post to a service: no token opens it, only their signature does. Each with the path
# to call, and what a stranger without a signature gets there.
_UPLOAD = f"01990000-0000-7000-8000-00000000dead.png?size=2&expires=9999999999&signature={'0' * 64}"
CALLBACKS: dict[str, dict[tuple[str, str], tuple[str, int]]] = {
    "payments": {
        ("POST", "/v1/payments/webhooks/{provider}"): ("/v1/payments/webhooks/simulated", 400)
    },
    # A presigned URL is its own right, and what is shown is for everybody.
    "catalog": {
        ("PUT", "/v1/media-uploads/{name}"): (f"/v1/media-uploads/{_UPLOAD}", 403),
        ("GET", "/v1/media/{name}"): (f"/v1/media/{'0' * 64}.webp", 404),
    },
}

# The console's operations, each for the admin alone, and its other routes: the page and its files,
# which hold nothing of the shop, and where the services send their spans, which the gateway hides.
CONSOLE = frozenset({"read_overview", "list_traced_orders", "read_trace"})
CONSOLE_PAGES = frozenset({("GET", "/console"), ("GET", "/console/assets/{name}")})
CONSOLE_INTAKE = ("POST", "/v1/{signal}")

# The gateway's own pages, for anybody; the folders hold the files of the documentation.
GATEWAY = frozenset(
    {
        *(("GET", path) for path in ("/", "/docs", "/docs/oauth2-redirect", "/problems/{slug}")),
        *(("ANY", folder) for folder in ("/docs/assets", "/docs/vendor")),
    }
)

# What every process answers on its own port; the gateway forwards none of it.
OPERATIONAL = frozenset(
    {
        ("GET", "/health/live"),
        ("GET", "/health/ready"),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
    }
)
