"""A headless Chromium for the tests of the documentation page, and the page as a person uses it.

`Docs` presses the buttons of Swagger UI: it signs in through the window that opens, and executes
an operation with what is prefilled. `Watch` keeps what the browser asked for and complained about.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Response,
    async_playwright,
)

from tests.e2e.shop import PASSWORD

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOOPBACK = frozenset({"localhost", "127.0.0.1"})
PATIENCE_MS = 45_000  # for one step of the page, on a machine that does much else
# What the button Execute does, through Swagger UI's own functions and with the page's own memory,
# but without drawing the operation first: drawing all of them takes Chromium a minute.
EXECUTE = """
async ([path, method, token]) => {
  const { fn, specSelectors, authSelectors, getConfigs } = window.ui.getSystem();
  const first = (examples) => examples && Object.values(examples)[0].value;
  const document = specSelectors.specJson().toJS();
  const at = (reference) =>
    reference.slice(2).split("/").reduce((node, key) => node[key], document);
  const whole = (node) => (node === null || typeof node !== "object" ? node
    : Array.isArray(node) ? node.map(whole) : node.$ref ? whole(at(node.$ref))
    : Object.fromEntries(Object.entries(node).map(([key, value]) => [key, whole(value)])));
  const { parameters: named, requestBody: asked } = document.paths[path][method];
  const parameters = {};
  for (const { in: place, name, example, examples, schema } of whole(named || [])) {
    const value = example ?? first(examples) ?? schema.default;
    if (value !== undefined) parameters[`${place}.${name}`] = value;
  }
  const [type, media] = Object.entries(whole(asked?.content || {}))[0] || [];
  const given = media && (media.example ?? first(media.examples));
  const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const requestBody = media && text(given
    ?? fn.getSampleSchema(media.schema, type, { includeWriteOnly: true }));
  const authorized = authSelectors.authorized().toJS();
  if (token) authorized.souk = { schema: document.components.securitySchemes.souk,
    token: { access_token: token, token_type: "Bearer" } };
  const { requestInterceptor, responseInterceptor } = getConfigs();
  const answer = await fn.execute({ fetch: fn.fetch, spec: document, pathName: path, method,
    parameters, requestBody, requestContentType: type, requestInterceptor, responseInterceptor,
    securities: { authorized, specSecurity: document.security } }).catch((error) => error.response);
  return { status: answer.status, text: answer.text || "", body: answer.body ?? null };
}
"""


def chromium() -> str:
    """The program; a machine without one fails the test, which would else prove nothing."""
    found = os.environ.get("SOUK_CHROMIUM") or shutil.which("chromium")
    assert found, "these tests need Chromium: install it, or name it in SOUK_CHROMIUM"
    return found


@dataclass
class Watch:
    """What the browser asked for beyond this machine, and what it complained about."""

    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Look at every page of the context from now on."""
        context.on("request", lambda request: self._asked(request.url))
        context.on("response", lambda answer: self.answers.append(answer))
        context.on("console", self._said)
        context.on("weberror", lambda problem: self.complaints.append(str(problem.error)))

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in LOOPBACK:
            self.strangers.append(url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")


@asynccontextmanager
async def browser_running() -> AsyncIterator[Browser]:
    """A browser for all tests; each has a profile of its own in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def browsing(browser: Browser) -> AsyncIterator[tuple[BrowserContext, Watch]]:
    """A new profile, which vanishes at the end."""
    context = await browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)
    watch = Watch()
    watch.follow(context)
    try:
        yield context, watch
    finally:
        await context.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page shows below an operation after Execute, and the body as it came."""

    operation: str
    status: int
    text: str
    body: Any


@dataclass
class Docs:
    """The documentation page, open in a browser."""

    page: Page
    watch: Watch

    @classmethod
    async def open(cls, context: BrowserContext, watch: Watch, origin: str) -> "Docs":
        """Open `/docs` and wait until its operations are there."""
        page = await context.new_page()
        await page.goto(f"{origin}/docs")
        await page.locator(".opblock").first.wait_for()
        return cls(page, watch)

    async def operations(self) -> list[str]:
        """The ids of the operations from the top of the page to its bottom."""
        names = await self.page.locator(".opblock").evaluate_all("all => all.map(one => one.id)")
        return [str(name).rpartition("-")[2] for name in names]

    async def sign_in(self, email: str) -> None:
        """Press Authorize, sign in on the page that opens, and close the dialogue."""
        dialogue = await self._authorizations()
        async with self.page.expect_popup() as opening:
            await dialogue.get_by_role("button", name="Apply given OAuth2 credentials").click()
        window = await opening.value
        await window.get_by_label("E-mail").fill(email)
        await window.get_by_label("Password").fill(PASSWORD)
        async with window.expect_event("close"):
            await window.get_by_role("button", name="Sign in").click()
        await dialogue.get_by_role("button", name="Remove authorization").wait_for()
        await self._close(dialogue)

    async def sign_out(self) -> None:
        """Forget the token."""
        dialogue = await self._authorizations()
        await dialogue.get_by_role("button", name="Remove authorization").click()
        await self._close(dialogue)

    async def execute(self, operation: str) -> Answer:
        """Press Execute with what is prefilled, and read what the page shows as the answer."""
        block = await self._opened(operation)
        if await block.locator(".btn-clear").count():
            await block.locator(".btn-clear").click()
        self.watch.answers.clear()
        await block.locator(".btn.execute").click()
        shown = block.locator(".live-responses-table")
        await shown.wait_for()
        status = (await shown.locator("tbody .response-col_status").first.inner_text()).split()[0]
        answer = await self._answer_to(await block.locator(".request-url pre").inner_text())
        text = await answer.text() if answer.status != 204 else ""
        is_json = "json" in answer.headers.get("content-type", "")
        body = await answer.json() if text and is_json else None
        return Answer(operation, int(status), text, body)

    async def run(self, path: str, method: str, token: str | None = None) -> Answer:
        """Execute with what is prefilled, out of sight; `token` in place of who signed in."""
        seen = await self.page.evaluate(EXECUTE, [path, method, token])
        return Answer(f"{method} {path}", seen["status"], seen["text"], seen["body"])

    async def _opened(self, operation: str) -> Locator:
        block = self.page.locator(f".opblock[id$='-{operation}']")
        if not await block.locator(".opblock-body").count():
            await block.locator(".opblock-summary-control").click()
        await block.locator(".btn.execute").wait_for()
        return block

    async def _answer_to(self, url: str) -> Response:
        """The newest answer that came from the address that the page says it asked."""
        found = [answer for answer in self.watch.answers if answer.url == url.strip()]
        assert found, f"nothing came from {url}: {[answer.url for answer in self.watch.answers]}"
        return found[-1]

    async def _authorizations(self) -> Locator:
        await self.page.locator(".auth-wrapper .btn.authorize").click()
        dialogue = self.page.locator(".modal-ux")
        await dialogue.wait_for()
        return dialogue

    async def _close(self, dialogue: Locator) -> None:
        await dialogue.locator(".close-modal").click()
        await dialogue.wait_for(state="detached")
