// Makes Try it out succeed with what is prefilled: remembers the last ids, ETags and the guest's
// token that answers held, and puts them in place of the samples of the document. A sample that
// nothing was remembered for is looked up; a cart that is needed and not there is opened.
"use strict";

window.soukMemory = (function () {
  const KEY = "souk.seen";
  const SAMPLE = "01990000-0000-7000-8000-0000000000";
  const SAMPLE_OFFER = "WELCOME10";
  const SAMPLES = { cart: SAMPLE + "c1", order: SAMPLE + "d1", payment: SAMPLE + "e1",
    shipment: SAMPLE + "d2", return: SAMPLE + "d3", refund: SAMPLE + "d4",
    message: SAMPLE + "a1", adjustment: SAMPLE + "b1", operation: SAMPLE + "e2",
    reconciliation: SAMPLE + "e3", promotion: SAMPLE + "92",
    webhook: SAMPLE + "81", delivery: SAMPLE + "82",
    product: "striped-paper-lantern", offer: SAMPLE_OFFER,
    client: "01990000-0000-7000-8000-000000000c01" };
  const SAMPLE_KEY = /^01990000-0000-7000-8000-00000000(001d|aaaa)$/;
  const SAMPLE_ETAG = '"0"';
  // What Swagger UI itself writes where a schema asks for a UUID and gives no example.
  const ANY_UUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
  const SAMPLE_EMAIL = "ada@example.com", IMPORTED_EMAIL = "ida.import@example.com";
  // What the sample of a new product is called, and its code, which is free only once.
  const SAMPLE_NAME = "STRIPED PAPER LANTERN", SAMPLE_CODE = "99001";
  const GUEST = { email: "guest@example.com", name: "Gil Guest" };
  const LISTS = { order: "/v1/orders?limit=1", payment: "/v1/payments?limit=1",
    message: "/v1/messages?limit=1", promotion: "/v1/promotions?limit=1",
    webhook: "/v1/webhooks?limit=1", product: "/v1/products?limit=1&q=striped+paper+lantern" };
  // The first that fits; reconciliations lie below payments.
  const KINDS = [["/v1/payments/reconciliations", "reconciliation"], ["/v1/carts", "cart"],
    ["/v1/orders", "order"], ["/v1/payments", "payment"], ["/v1/messages", "message"],
    ["/v1/stock-adjustments", "adjustment"],
    ["/v1/promotions", "promotion"], ["/v1/webhooks", "webhook"]];

  const seen = Object.assign({ ids: {}, etags: {} }, JSON.parse(sessionStorage.getItem(KEY) || "{}"));
  // Whether the request under way is a guest's.
  let asGuest = false;
  const keep = () => sessionStorage.setItem(KEY, JSON.stringify(seen));

  function kindOf(path) {
    const found = KINDS.find(([prefix]) => path === prefix || path.startsWith(prefix + "/"));
    if (/^\/v1\/webhooks\/[^/]+\/deliveries/.test(path)) return "delivery";
    const part = path.match(/^\/v1\/orders\/[^/]+\/(shipment|return|refund)s\/[^/]+$/);
    if (part) return part[1];
    const below = /^\/v1\/payments\/[^/]+\/./.test(path) && found[1] === "payment";
    return below ? "operation" : found && found[1];
  }

  // The resource whose ETag an If-Match means: a cart for its items and for an order placed from
  // it, a product for its prices, and otherwise the path itself.
  function resourceOf(path) {
    if (path === "/v1/orders") return "/v1/carts/" + (seen.ids.cart || "mine");
    const cart = path.match(/^\/v1\/carts\/[^/]+/);
    if (cart) return cart[0].endsWith("/mine") && seen.ids.cart
      ? "/v1/carts/" + seen.ids.cart : cart[0];
    const product = path.match(/^\/v1\/products\/[^/]+/);
    return product ? product[0] : path;
  }

  async function lookUp(path, headers, method = "GET") {
    const answer = await fetch(path, { method, headers, credentials: "omit" });
    if (!answer.ok) return;
    learn(new URL(path, location.origin).pathname, answer.headers, await answer.json());
  }

  function learn(path, headers, body) {
    const kind = kindOf(path);
    const one = body && Array.isArray(body.items) && !body.id ? body.items[0] : body;
    if (kind && one && typeof one.id === "string") seen.ids[kind] = one.id;
    if (kind === "cart" && asGuest && body && body.id) seen.guest.cart = body.id;
    if (kind === "order" && one && one.payment_id) seen.ids.payment = one.payment_id;
    // What became of an order stands in it, the latest last.
    for (const part of kind === "order" && one ? ["shipment", "return", "refund"] : []) {
      const latest = (one[part + "s"] || []).at(-1);
      if (latest) seen.ids[part] = latest.id;
    }
    if (kind === "payment" && one && one.operations) {
      seen.ids.operation = (one.operations.at(-1) || {}).id;
    }
    if (kind === "promotion" && one && one.code) seen.ids.offer = one.code;
    // The first client of the list may be the one that this page is.
    if (path === "/v1/clients" && body && body.client_id) seen.ids.client = body.client_id;
    if (path === "/v1/products" && one && one.name === SAMPLE_NAME) seen.ids.product = one.slug;
    const etag = headers.get ? headers.get("etag") : headers.etag;
    if (etag) seen.etags[resourceOf(kind === "cart" && body && body.id
      ? "/v1/carts/" + body.id : path)] = etag;
    keep();
  }

  // A customer's open cart or a guest's; opened when there is none, as the shop's own page would.
  async function ensureCart(who) {
    const signedIn = Boolean(who.Authorization);
    if (signedIn) {
      delete seen.ids.cart;
      await lookUp("/v1/carts/mine", who);
      if (seen.ids.cart) return;
    } else if (seen.guest && seen.guest.cart) {
      return;
    }
    await lookUp("/v1/carts", { ...who, "Idempotency-Key": crypto.randomUUID() }, "POST");
  }

  function replaceIds(text, path) {
    for (const [kind, sample] of Object.entries(SAMPLES)) {
      const merging = kind === "cart" && path.endsWith("/merge") && seen.guest;
      const id = merging ? seen.guest.cart : seen.ids[kind];
      if (id) text = text.replaceAll(sample, id);
    }
    return text;
  }

  async function lookUpMissing(text, headers) {
    // What can be captured, refunded or voided depends on how far a payment has come.
    const act = text.match(/\/v1\/payments\/[^/]+\/(captures|refunds|voids)/);
    if (act && text.includes(SAMPLES.payment)) {
      const status = act[1] === "refunds" ? "captured" : "authorised";
      await lookUp(`/v1/payments?limit=1&status=${status}`, headers);
    }
    for (const [kind, sample] of Object.entries(SAMPLES)) {
      if (LISTS[kind] && !seen.ids[kind] && text.includes(sample)) await lookUp(LISTS[kind], headers);
    }
    if (text.includes(SAMPLES.delivery) && seen.ids.webhook) {
      await lookUp(`/v1/webhooks/${seen.ids.webhook}/deliveries?limit=1`, headers);
    }
    // An operation is one of the payment's own.
    if (text.includes(SAMPLES.operation) && seen.ids.payment) {
      await lookUp("/v1/payments/" + seen.ids.payment, headers);
    }
  }

  function headerName(headers, name) {
    return Object.keys(headers).find((found) => found.toLowerCase() === name);
  }

  // A guest's secret is of the guest's own making: 32 random bytes in base64url.
  function guestToken() {
    if (!seen.guest) {
      const random = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)));
      const token = btoa(random).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
      seen.guest = { token, cart: null };
    }
    return seen.guest.token;
  }

  function identity(request, path) {
    const owned = /^\/v1\/(carts|orders)/.test(path);
    asGuest = owned && !headerName(request.headers, "authorization");
    if ((asGuest || path.endsWith("/merge")) && !headerName(request.headers, "cart-token")) {
      request.headers["Cart-Token"] = guestToken();
    }
    return Object.fromEntries(["authorization", "cart-token"]
      .map((name) => headerName(request.headers, name)).filter(Boolean)
      .map((name) => [name, request.headers[name]]));
  }

  // Above all codes of the real shop, and one of so many that it is new.
  function newCode() {
    return String(91000 + (crypto.getRandomValues(new Uint32Array(1))[0] % 9000));
  }

  const newOffer = () => `WELCOME-${crypto.randomUUID().slice(0, 8).toUpperCase()}`;
  const newEmail = (name) => `${name}.${crypto.randomUUID().slice(0, 8)}@example.com`;

  // An account needs an address that nobody has, a product a code that none has, and a guest's
  // order somebody to write to.
  function bodyOf(request, path) {
    // A code stays its promotion's own, even when that has ended.
    if (path === "/v1/promotions") return request.body.replaceAll(SAMPLE_OFFER, newOffer());
    const text = replaceIds(request.body, path);
    if (path.endsWith("/merge")) return text.replace(ANY_UUID, seen.guest.cart);
    if (path === "/v1/users") return text.replace(SAMPLE_EMAIL, newEmail("ada"));
    if (path === "/v1/users/imports") return text.replace(IMPORTED_EMAIL, newEmail("ida"));
    if (path === "/v1/products") return text.replaceAll(SAMPLE_CODE, newCode());
    if (path !== "/v1/orders" || !asGuest || text.includes('"contact"')) return text;
    try {
      return JSON.stringify({ ...JSON.parse(text), contact: GUEST }, null, 2);
    } catch {
      return text;
    }
  }

  async function ensure(request, url) {
    const text = url.pathname + (request.body || "");
    if (url.pathname.endsWith("/merge")) {
      asGuest = true;
      await ensureCart({ "Cart-Token": guestToken() });
    }
    const who = identity(request, url.pathname);
    if (text.includes("/carts/mine") || text.includes(SAMPLES.cart)) await ensureCart(who);
    return who;
  }

  async function fillIn(request, url) {
    const who = await ensure(request, url);
    if (seen.guest && seen.guest.cart && !who.Authorization) {
      url.pathname = url.pathname.replace("/carts/mine", "/carts/" + seen.guest.cart);
    }
    await lookUpMissing(url.href + (request.body || ""), who);
    url.pathname = replaceIds(url.pathname, "");
    url.search = replaceIds(url.search, "");
    if (typeof request.body === "string") request.body = bodyOf(request, url.pathname);
    const key = headerName(request.headers, "idempotency-key");
    if (key && SAMPLE_KEY.test(request.headers[key])) request.headers[key] = crypto.randomUUID();
    const match = headerName(request.headers, "if-match");
    if (match && request.headers[match] === SAMPLE_ETAG) {
      const resource = resourceOf(url.pathname);
      if (!seen.etags[resource]) await lookUp(resource, who);
      const etag = seen.etags[resourceOf(url.pathname)];
      if (etag) request.headers[match] = etag;
    }
    request.url = url.href;
  }

  // An ordered cart is gone; a guest's token goes on to own the order.
  function forgetCart() {
    if (seen.guest && seen.guest.cart === seen.ids.cart) seen.guest.cart = null;
    delete seen.ids.cart;
  }

  async function before(request) {
    const url = new URL(request.url, location.origin);
    if (url.origin !== location.origin || !url.pathname.startsWith("/v1/")) return request;
    await window.soukTokens.renew(request);
    await fillIn(request, url);
    return request;
  }

  function after(response) {
    const url = new URL(response.url, location.origin);
    if (url.pathname === "/oauth/token") window.soukTokens.learn(response);
    if (url.origin === location.origin && url.pathname.startsWith("/v1/")) {
      if (url.pathname === "/v1/orders" && response.status === 201) forgetCart();
      learn(url.pathname, response.headers || {}, response.body || response.obj);
    }
    return response;
  }

  return { before, after };
})();
