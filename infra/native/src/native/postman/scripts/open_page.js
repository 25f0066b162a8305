// PKCE (RFC 7636): the verifier stays here, and only its hash travels with the question.
const crypto = require("crypto-js");
const base64url = (words) => words.toString(crypto.enc.Base64)
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const verifier = base64url(crypto.lib.WordArray.random(48));
pm.environment.set("code_verifier", verifier);
pm.environment.set("code_challenge", base64url(crypto.SHA256(verifier)));
pm.environment.set("state", pm.variables.replaceIn("{{$guid}}"));
