"""The console: for the admin alone, through the gateway as directly, and as a person uses it."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from playwright.async_api import TimeoutError as PageTimeout

from native import addresses
from native.authorization import console, operations
from native.ports import Ports
from tests.e2e.authorization_calls import Caller, callers, machine
from tests.e2e.browser import PATIENCE_MS, Watch, browsing
from tests.e2e.shop import PASSWORD, SKU, Shop, eventually

OPERATIONS = operations("console", console())
DATA = "/console/data/overview"
# The end of a purchase; its span comes last.
LAST = "notifications send order_confirmed"
# What the board says at its head, and in what.
FIGURES = {
    "Requests": "a second",
    "Answered 5xx": "a second",
    "Events handled": "a second",
    "In the outboxes": "rows",
    "Consumer lag": "messages",
    "Memory": "MiB",
}
expect.set_options(timeout=PATIENCE_MS)
Opened = tuple[BrowserContext, Watch]


@pytest.fixture(scope="module")
async def everybody(stack: Any, shop: Shop) -> Mapping[str, Caller]:
    found = [*await callers(stack, shop), await machine(stack, shop, "stock:read")]
    return {caller.name: caller for caller in found}


@pytest.fixture
async def ways(stack: Any, shop: Shop) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Through the gateway, and at the console's own port."""
    own = addresses.service("console", Ports(stack.port_base))
    async with httpx.AsyncClient(base_url=own) as direct:
        yield [shop.client, direct]


@pytest.fixture
async def opened(browser: Browser) -> AsyncIterator[Opened]:
    async with browsing(browser) as (context, watch):
        yield context, watch
        assert watch.strangers == []


async def order(shop: Shop) -> str:
    buyer = await shop.sign_in("customer@souk.example")
    placed = await buyer.order({SKU: 1})
    assert placed.status_code == 201, placed.text
    return str(placed.json()["id"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_the_admin_is_let_in_and_nobody_else(
    everybody: Mapping[str, Caller], ways: list[httpx.AsyncClient], operation: Any
) -> None:
    path = operation.path.replace("{what}", str(uuid4()))
    wanted = dict.fromkeys(everybody, 403) | {"anonymous": 401, "admin": 200}
    if "{what}" in operation.path:
        wanted["admin"] = 404
    for client in ways:
        seen = {
            name: (await client.get(path, headers=caller.headers, timeout=20)).status_code
            for name, caller in everybody.items()
        }
        assert seen == wanted


async def test_the_page_itself_holds_nothing_and_may_load_nothing_from_elsewhere(
    ways: list[httpx.AsyncClient],
) -> None:
    for client in ways:
        page = await client.get("/console")
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert not re.search(r"https?://|style=|onclick|<script>", page.text)
        for name in re.findall(r'"(/console/assets/[^"]+)"', page.text):
            assert (await client.get(name)).status_code == 200
        assert (await client.get("/console/assets/main.py")).status_code == 404


async def test_spans_are_taken_from_services_alone(shop: Shop) -> None:
    for path in ("/v1/traces", "/console/v1/traces", "/console/../v1/traces"):
        answer = await shop.client.post(path, content=b"")
        assert answer.status_code in (400, 404, 405), answer.text


async def test_the_console_is_in_no_public_document(shop: Shop) -> None:
    assert "/console" not in (await shop.call("GET", "/openapi.json")).text


async def sign_in(page: Page, origin: str, email: str) -> None:
    await page.goto(f"{origin}/console")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def see_the_board(page: Page, origin: str) -> None:
    """As the admin; who signed in often of late is asked to wait a moment, and tries again."""
    for left in (3, 2, 1, 0):
        try:
            await sign_in(page, origin, "admin@souk.example")
            await page.locator("#processes tbody tr").first.wait_for(timeout=15_000)
        except PageTimeout:
            if not left:
                raise
            await page.context.clear_cookies()
        else:
            return


async def test_the_admin_sees_the_processes_and_the_way_of_an_order(
    stack: Any, shop: Shop, opened: Opened
) -> None:
    context, watch = opened
    bought = await order(shop)
    page = await context.new_page()
    await sign_in(page, stack.gateway_url, "admin@souk.example")
    processes = page.locator("#processes tbody")
    for name in ("kafka", "postgres", "gateway", "orders", "console"):
        await expect(processes.get_by_role("rowheader", name=name, exact=True)).to_be_visible()
    await expect(page.get_by_role("status")).to_contain_text("ready")
    for name, unit in FIGURES.items():
        figure = page.locator("#figures .figure").filter(has_text=name)
        await expect(figure).to_have_text(re.compile(rf"^{name}\s*[\d.,]+\s*{unit}$"))
    assert await page.locator("#figures .figure").count() == len(FIGURES)
    assert float(await memory(page)) > 100, "the servers alone take more"
    for nothing, table in (("#idle", "#queues"), ("#no-troubles", "#troubles")):
        said = page.locator(f"{table} tbody tr, {nothing}:not([hidden])")
        await expect(said.first).not_to_be_empty()
    await page.get_by_label("Order or trace").fill(bought)
    await page.get_by_role("button", name="Show").click()
    rows = page.locator("#waterfall tbody tr")
    await until_whole(page, bought)
    names = await rows.locator("th button").all_inner_texts()
    assert names[0] == "gateway POST /v1/orders"
    assert len(names) >= 14
    await rows.locator("th button").nth(2).click()
    await expect(rows.nth(2)).to_contain_text("messaging.destination.name")
    assert watch.complaints == []


async def memory(page: Page) -> str:
    shown = await page.locator("#figures .figure").filter(has_text="Memory").inner_text()
    return re.sub(r"[^\d.]", "", shown)


async def until_whole(page: Page, order: str) -> None:
    """The last spans come some seconds after the order; a person presses Show again."""

    async def look() -> list[str]:
        await page.evaluate("location.hash = ''")
        await page.evaluate("what => { location.hash = what }", order)
        await page.locator("#waterfall tbody tr, #trace-about").first.wait_for()
        await page.wait_for_timeout(500)
        return await page.locator("#waterfall tbody tr th button").all_inner_texts()

    await eventually(look, lambda seen: LAST in seen, PATIENCE_MS / 1000)


async def test_recent_orders_lead_to_their_traces(stack: Any, shop: Shop, opened: Opened) -> None:
    context, _ = opened
    bought = await order(shop)
    page = await context.new_page()
    await see_the_board(page, stack.gateway_url)
    await page.locator("#orders").get_by_role("link", name=bought).click()
    await expect(page.locator("#trace-title")).to_have_text(f"The way of {bought}")


async def test_a_customer_is_refused_and_sees_nothing(stack: Any, opened: Opened) -> None:
    context, watch = opened
    page = await context.new_page()
    await sign_in(page, stack.gateway_url, "customer@souk.example")
    again = page.get_by_role("button", name="Sign in as somebody else")
    await expect(again).to_be_visible()
    await expect(page.locator("#board")).to_be_hidden()
    assert await page.locator("#processes tbody tr").count() == 0
    assert [answer.status for answer in watch.answers if DATA in answer.url] in ([], [403])
    await again.click()
    await page.get_by_label("E-mail").fill("admin@souk.example")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#processes tbody tr").first).to_be_visible()


async def test_who_signs_out_has_to_sign_in_again(stack: Any, opened: Opened) -> None:
    context, _ = opened
    page = await context.new_page()
    await sign_in(page, stack.gateway_url, "admin@souk.example")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("#why")).to_have_text("You are signed out.")
    await page.reload()
    await expect(page.locator("#board")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_its_words_can_be_read_and_its_parts_have_names(
    stack: Any, opened: Opened, scheme: Any
) -> None:
    """Contrast of 4.5 : 1 (WCAG 2.2, 1.4.3) in both colour schemes; each field has its label."""
    context, _ = opened
    page = await context.new_page()
    await page.emulate_media(color_scheme=scheme)
    await see_the_board(page, stack.gateway_url)
    faint = await page.evaluate(CONTRAST)
    assert faint == []
    assert (
        await page.locator("input:not([id]), img:not([alt]), svg:not([aria-hidden])").count() == 0
    )
    assert await page.locator("html[lang], h1").count() == 2


CONTRAST = """
() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (/^rgb\\(/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const own = (node) => [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return [...document.querySelectorAll("body *")].filter((node) => own(node)
      && node.checkVisibility() && !node.matches("script, noscript, .skip")).flatMap((node) => {
    const pair = [light(getComputedStyle(node).color), light(ground(node))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    return ratio < 4.5 ? [`${node.textContent.trim().slice(0, 30)}: ${ratio.toFixed(1)}`] : [];
  });
}
"""
