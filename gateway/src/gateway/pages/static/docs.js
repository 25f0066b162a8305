// Starts Swagger UI for the whole shop: sign-in by authorization code with PKCE, every scope that a
// person may have preselected, and the memory of memory.js around each request.
"use strict";

(function () {
  const memory = window.soukMemory;
  const ui = window.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    tryItOutEnabled: true,
    persistAuthorization: true,
    displayRequestDuration: true,
    displayOperationId: false,
    filter: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    // What takes away stands last among its like, so that the page works from top to bottom.
    operationsSorter: (one, other) =>
      (one.get("method") === "delete") - (other.get("method") === "delete"),
    oauth2RedirectUrl: location.origin + "/docs/oauth2-redirect",
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    requestInterceptor: (request) => memory.before(request),
    responseInterceptor: (response) => memory.after(response),
    onComplete: () => {
      const scheme = ui.specSelectors.specJson().toJS().components.securitySchemes.souk;
      const offered = scheme ? Object.keys(scheme.flows.authorizationCode.scopes) : [];
      ui.initOAuth({
        clientId: "swagger-ui",
        appName: "Souk API documentation",
        // Importing users is for a machine, which signs in with its own key.
        scopes: offered.filter((scope) => scope !== "users:import"),
        usePkceWithAuthorizationCodeGrant: true,
      });
    },
  });
  window.ui = ui;
})();
