// Signs the admin in by authorization code with PKCE (RFC 7636), renews the access token, which
// lives for minutes only, and asks the console for its data with it.

const CLIENT = "souk-console";
const SCOPE = "console:read";
const TOKENS = "souk.console.tokens";
const ATTEMPT = "souk.console.attempt";
const HERE = location.origin + "/console";

let tokens = JSON.parse(sessionStorage.getItem(TOKENS) || "null");
let renewing = null;

export class SignedOut extends Error {}
export class Refused extends Error {}
export class Missing extends Error {}

const text = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const draw = (length) => text(crypto.getRandomValues(new Uint8Array(length)));

function keep(answer) {
  tokens = answer && { access: answer.access_token, refresh: answer.refresh_token };
  if (tokens) sessionStorage.setItem(TOKENS, JSON.stringify(tokens));
  else sessionStorage.removeItem(TOKENS);
}

async function exchange(fields) {
  const form = new URLSearchParams({ client_id: CLIENT, ...fields });
  const answer = await fetch("/oauth/token", { method: "POST", body: form, credentials: "omit" });
  if (!answer.ok) throw new SignedOut("The sign-in has ended.");
  keep(await answer.json());
}

// Leaves this page for the sign-in page, which sends the browser back here.
export async function signIn(again) {
  const attempt = { state: draw(16), verifier: draw(48), hash: location.hash };
  sessionStorage.setItem(ATTEMPT, JSON.stringify(attempt));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(attempt.verifier));
  const query = new URLSearchParams({ response_type: "code", client_id: CLIENT, scope: SCOPE,
    redirect_uri: HERE, state: attempt.state, code_challenge: text(new Uint8Array(digest)),
    code_challenge_method: "S256", ...(again ? { prompt: "login" } : {}) });
  location.assign("/oauth/authorize?" + query);
}

// Takes the code that the sign-in page sent along, if any; the address is clean afterwards.
export async function comeBack() {
  const query = new URLSearchParams(location.search);
  if (!query.has("state")) return;
  const attempt = JSON.parse(sessionStorage.getItem(ATTEMPT) || "null");
  sessionStorage.removeItem(ATTEMPT);
  history.replaceState(null, "", "/console" + (attempt ? attempt.hash : ""));
  if (!attempt || attempt.state !== query.get("state")) {
    throw new SignedOut("The answer does not belong to this sign-in; nothing was accepted.");
  }
  if (query.has("error")) {
    throw new Refused(query.get("error_description") || query.get("error"));
  }
  await exchange({ grant_type: "authorization_code", code: query.get("code"),
    redirect_uri: HERE, code_verifier: attempt.verifier });
}

export function signOut() {
  const left = tokens;
  keep(null);
  if (!left) return Promise.resolve();
  const form = new URLSearchParams({ client_id: CLIENT, token: left.refresh || left.access });
  return fetch("/oauth/revoke", { method: "POST", body: form, credentials: "omit" });
}

async function renew() {
  if (!tokens || !tokens.refresh) throw new SignedOut("Please sign in.");
  renewing = renewing || exchange({ grant_type: "refresh_token", refresh_token: tokens.refresh })
    .catch((error) => { keep(null); throw error; })
    .finally(() => { renewing = null; });
  await renewing;
}

export async function ask(path) {
  if (!tokens) throw new SignedOut("The console is for the admin of this shop.");
  const send = () => fetch("/console/data/" + path, { credentials: "omit",
    headers: { Authorization: "Bearer " + tokens.access } });
  let answer = await send();
  if (answer.status === 401) {
    await renew();
    answer = await send();
  }
  if (answer.status === 401) { keep(null); throw new SignedOut("Please sign in."); }
  if (answer.status === 403) {
    keep(null);
    throw new Refused("This account may not see the console; it takes the admin's.");
  }
  if (answer.status === 404 || answer.status === 422) throw new Missing("No trace of it is kept.");
  if (!answer.ok) throw new Error("The console answers " + answer.status + ".");
  return answer.json();
}
