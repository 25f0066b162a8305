// Where the sign-in page sends the browser back to: hands code and state to the documentation page
// that opened this window, as Swagger UI expects it, and closes the window.
"use strict";

(function () {
  const said = document.getElementById("said");
  const opener = window.opener && window.opener.swaggerUIRedirectOauth2;
  const answer = Object.fromEntries(new URLSearchParams(location.search));
  if (!opener) {
    said.textContent = "This page belongs to the sign-in of the API documentation.";
    return;
  }
  const isValid = answer.state === opener.state;
  const tell = (message) =>
    opener.errCb({ authId: opener.auth.name, source: "auth", level: "error", message });
  if (answer.code && isValid) {
    delete opener.state;
    opener.auth.code = answer.code;
    opener.callback({ auth: opener.auth, redirectUrl: opener.redirectUrl });
  } else if (answer.error) {
    tell(answer.error + (answer.error_description ? ": " + answer.error_description : ""));
  } else {
    tell("The answer does not belong to this sign-in; nothing was accepted.");
  }
  window.close();
})();
