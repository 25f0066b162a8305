"""Posting to real sockets: what a receiver gets, and that it can neither hold us up nor lead us."""

import asyncio
import datetime
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from chassis import failpoints
from notifications.adapters.webhook_client import WebhookClient
from notifications.application.deliver_webhooks import EACH
from notifications.domain.delivery import Attempt
from notifications.domain.destination import Guard
from notifications.domain.webhook import MAX_WEBHOOKS
from services.notifications.tests.receiver import Receiver, receiving

LOOPBACK = Guard((ip_network("127.0.0.0/8"),), plain=True)
PUBLIC = Guard(plain=True)
SIGNED = {"webhook-id": "event-1", "webhook-timestamp": "1", "webhook-signature": "v1,abc"}
NAME = "merchant.example"

Resolve = Callable[..., None]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Lets the name lead to these addresses, to one list after the other; then to nothing."""

    def plan(*answers: list[str]) -> None:
        waiting = list(answers)

        def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
            assert host == NAME
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, (address, port)) for address in waiting.pop(0)]

        monkeypatch.setattr("notifications.adapters.webhook_client.socket.getaddrinfo", getaddrinfo)

    return plan


async def post(
    url: str, guard: Guard = LOOPBACK, tls: ssl.SSLContext | None = None, limit: float = 5.0
) -> Attempt:
    context = tls or ssl.create_default_context()
    return await WebhookClient(guard, context, limit_seconds=limit).post(url, SIGNED, b"{}")


async def test_a_receiver_gets_the_bytes_and_the_signature_as_they_are(receiver: Receiver) -> None:
    attempt = await post(receiver.url("/ok?shop=1"))
    assert (attempt.status, attempt.error) == (200, None)
    [got] = receiver.received
    assert (got.path, got.body) == ("/ok?shop=1", b"{}")
    assert {name: got.headers[name] for name in SIGNED} == SIGNED
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    attempt = await post(receiver.url("/elsewhere"))
    assert (attempt.status, attempt.taken) == (307, False)
    assert attempt.error == "redirects are not followed"
    assert receiver.paths() == ["/elsewhere"]


async def test_who_does_not_answer_is_given_up_after_the_limit(receiver: Receiver) -> None:
    attempt = await post(receiver.url("/slow"), limit=0.2)
    assert (attempt.status, attempt.error) == (None, "no answer within 0.2 seconds")
    assert 190 <= attempt.milliseconds < 3000


async def test_an_answer_without_end_is_not_read(receiver: Receiver) -> None:
    attempt = await post(receiver.url("/endless"))
    assert attempt.taken and attempt.milliseconds < 3000


@pytest.mark.parametrize(("path", "error"), [("/rude", "RemoteProtocolError"), ("/503", None)])
async def test_what_is_no_good_answer_is_an_error_and_no_exception(
    receiver: Receiver, path: str, error: str | None
) -> None:
    attempt = await post(receiver.url(path))
    assert not attempt.taken
    assert attempt.error is None if error is None else (attempt.error or "").startswith(error)


async def test_a_closed_port_is_an_error_and_no_exception() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert (await post(f"http://127.0.0.1:{port}/")).error


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "localhost"])
async def test_no_form_of_our_own_address_is_connected_to(receiver: Receiver, host: str) -> None:
    attempt = await post(f"http://{host}:{receiver.port}/ok", PUBLIC)
    assert attempt.error == "the name leads to an address that is not a public one"
    assert receiver.connections == 0


async def test_one_private_address_among_public_ones_is_too_many(
    receiver: Receiver, resolve: Resolve
) -> None:
    resolve(["93.184.216.34", "127.0.0.1"])
    attempt = await post(f"http://{NAME}:{receiver.port}/ok", PUBLIC)
    assert attempt.error == "the name leads to an address that is not a public one"
    assert receiver.connections == 0


async def test_the_address_that_was_judged_is_the_one_that_is_connected_to(
    receiver: Receiver, resolve: Resolve
) -> None:
    """A resolver that answers otherwise the second time is not asked a second time."""
    resolve(["127.0.0.1"])
    attempt = await post(f"http://{NAME}:{receiver.port}/ok")
    assert attempt.taken
    assert receiver.received[0].headers["host"] == f"{NAME}:{receiver.port}"


async def test_an_address_that_does_not_answer_is_followed_by_the_next(
    receiver: Receiver, resolve: Resolve
) -> None:
    resolve(["127.0.0.2", "127.0.0.1"])
    assert (await post(f"http://{NAME}:{receiver.port}/ok")).taken


async def test_names_that_are_slow_to_resolve_hold_up_no_other(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver may take far longer than a post waits for it."""
    over = threading.Event()

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        if host != NAME:
            over.wait(20)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("notifications.adapters.webhook_client.socket.getaddrinfo", getaddrinfo)
    client = WebhookClient(LOOPBACK, ssl.create_default_context(), limit_seconds=1.0)
    names = [f"http://{number}.slow.example/" for number in range(MAX_WEBHOOKS - 1)]
    try:
        late = await asyncio.gather(*(client.post(url, SIGNED, b"{}") for url in names * EACH))
        quick = await client.post(f"http://{NAME}:{receiver.port}/ok", SIGNED, b"{}")
    finally:
        over.set()
    assert {attempt.error for attempt in late} == {"no answer within 1 seconds"}
    assert quick.taken


async def test_a_name_that_leads_nowhere_is_an_error_and_no_exception() -> None:
    attempt = await post("http://merchant.invalid/ok")
    assert attempt.error == "the name cannot be resolved"


@pytest.mark.parametrize(("point", "seen"), [("before_post", 0), ("after_post", 1)])
async def test_a_fault_on_either_side_of_the_exchange_is_an_answer_that_never_came(
    receiver: Receiver, point: str, seen: int
) -> None:
    failpoints.arm(failpoints.parse(f"webhook.{point}=error"))
    try:
        attempt = await post(receiver.url("/ok"))
    finally:
        failpoints.arm({})
    assert (attempt.taken, attempt.error) == (False, "no answer within 5 seconds")
    assert len(receiver.received) == seen


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for the name, and a client's that trusts it."""
    key, subject = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
    )
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, SHA256())
    )
    pem = made.public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(secret + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    return server, ssl.create_default_context(cadata=pem.decode())


@pytest.mark.parametrize(("name", "taken"), [(NAME, True), ("other.example", False)])
async def test_tls_is_checked_for_the_name_although_we_connect_to_the_address(
    resolve: Resolve, tmp_path: Path, name: str, taken: bool
) -> None:
    server, client = certificate(tmp_path, name)
    resolve(["127.0.0.1"])
    async with receiving(server) as receiver:
        attempt = await post(f"https://{NAME}:{receiver.port}/ok", tls=client)
        assert (attempt.taken, bool(receiver.received)) == (taken, taken)
        await asyncio.sleep(0)
