// Makes Try it out succeed with what is prefilled: remembers the last ids, ETags and the guest's
// token that answers held, and puts them in place of the samples of the document. A sample that
// nothing was remembered for is looked up once, and else sent as it stands.
"use strict";

window.soukMemory = (function () {
  const KEY = "souk.seen";
  const SAMPLE = "01990000-0000-7000-8000-0000000000";
  const SAMPLES = { cart: SAMPLE + "c1", order: SAMPLE + "d1", payment: SAMPLE + "e1",
    message: SAMPLE + "a1", adjustment: SAMPLE + "b1", operation: SAMPLE + "e2" };
  const SAMPLE_KEY = /^01990000-0000-7000-8000-00000000(001d|aaaa)$/;
  const SAMPLE_ETAG = '"0"';
  const LISTS = { order: "/v1/orders?limit=1", payment: "/v1/payments?limit=1",
    message: "/v1/messages?limit=1", cart: "/v1/carts/mine" };
  const KINDS = [["/v1/carts", "cart"], ["/v1/orders", "order"], ["/v1/payments", "payment"],
    ["/v1/messages", "message"], ["/v1/stock-adjustments", "adjustment"]];

  const seen = Object.assign({ ids: {}, etags: {} }, JSON.parse(sessionStorage.getItem(KEY) || "{}"));
  const keep = () => sessionStorage.setItem(KEY, JSON.stringify(seen));

  function kindOf(path) {
    const found = KINDS.find(([prefix]) => path === prefix || path.startsWith(prefix + "/"));
    return found && found[1];
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

  async function lookUp(path, headers) {
    const answer = await fetch(path, { headers, credentials: "omit" });
    if (!answer.ok) return;
    learn(new URL(path, location.origin).pathname, answer.headers, await answer.json());
  }

  function learn(path, headers, body) {
    const kind = kindOf(path);
    const one = body && Array.isArray(body.items) && !body.id ? body.items[0] : body;
    if (kind && one && typeof one.id === "string") seen.ids[kind] = one.id;
    if (kind === "cart" && body && body.token) {
      seen.guest = { token: body.token, cart: body.id };
    }
    if (kind === "order" && one && one.payment_id) seen.ids.payment = one.payment_id;
    const etag = headers.get ? headers.get("etag") : headers.etag;
    if (etag) seen.etags[resourceOf(kind === "cart" && body && body.id
      ? "/v1/carts/" + body.id : path)] = etag;
    keep();
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
    for (const [kind, sample] of Object.entries(SAMPLES)) {
      if (LISTS[kind] && !seen.ids[kind] && text.includes(sample)) await lookUp(LISTS[kind], headers);
    }
  }

  function headerName(headers, name) {
    return Object.keys(headers).find((found) => found.toLowerCase() === name);
  }

  function identity(request, path) {
    const signedIn = headerName(request.headers, "authorization");
    const merging = path.endsWith("/merge");
    if (seen.guest && (!signedIn || merging) && !headerName(request.headers, "cart-token")) {
      request.headers["Cart-Token"] = seen.guest.token;
    }
    return Object.fromEntries(["authorization", "cart-token"]
      .map((name) => headerName(request.headers, name)).filter(Boolean)
      .map((name) => [name, request.headers[name]]));
  }

  async function fillIn(request, url) {
    const who = identity(request, url.pathname);
    if (seen.guest && !who.Authorization) {
      url.pathname = url.pathname.replace("/carts/mine", "/carts/" + seen.guest.cart);
    }
    await lookUpMissing(url.href + (request.body || ""), who);
    url.pathname = replaceIds(url.pathname, "");
    url.search = replaceIds(url.search, "");
    if (typeof request.body === "string") request.body = replaceIds(request.body, url.pathname);
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
      learn(url.pathname, response.headers || {}, response.body || response.obj);
    }
    return response;
  }

  return { before, after };
})();
