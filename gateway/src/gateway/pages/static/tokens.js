// Renews the access token of the documentation page, which lives for minutes only: before a request
// with a token that has ended, the refresh token of the same sign-in is exchanged (RFC 6749 §6).
"use strict";

window.soukTokens = (function () {
  const KEY = "souk.tokens";
  const EARLY_SECONDS = 5;
  let tokens = JSON.parse(sessionStorage.getItem(KEY) || "null");
  let renewing = null;

  function endOf(token) {
    try {
      const claims = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
      return JSON.parse(atob(claims)).exp;
    } catch {
      return Infinity;
    }
  }

  const ended = (token) => endOf(token) - EARLY_SECONDS < Date.now() / 1000;

  function keep(answer) {
    if (!answer || !answer.access_token) return;
    tokens = { access: answer.access_token, refresh: answer.refresh_token };
    sessionStorage.setItem(KEY, JSON.stringify(tokens));
  }

  async function exchange() {
    const form = new URLSearchParams({ grant_type: "refresh_token", client_id: "swagger-ui",
      refresh_token: tokens.refresh });
    const answer = await fetch("/oauth/token", { method: "POST", body: form, credentials: "omit" });
    if (answer.ok) keep(await answer.json());
  }

  async function renew(request) {
    const name = Object.keys(request.headers).find((found) => found.toLowerCase() === "authorization");
    const sent = name && request.headers[name].replace(/^Bearer /, "");
    if (!sent || !ended(sent) || !tokens) return;
    if (ended(tokens.access) && tokens.refresh) {
      renewing = renewing || exchange().finally(() => { renewing = null; });
      await renewing;
    }
    if (!ended(tokens.access)) request.headers[name] = "Bearer " + tokens.access;
  }

  const learn = (response) => keep(response.body || response.obj);

  return { renew, learn };
})();
