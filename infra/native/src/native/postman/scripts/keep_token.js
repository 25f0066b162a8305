// It lives for five minutes; the requests that act as WHO carry it.
pm.test("there is an access token for WHO", () => {
  pm.expect(pm.response.code).to.equal(200);
  pm.expect(pm.response.json().token_type.toLowerCase()).to.equal("bearer");
});
pm.environment.set("WHO_token", pm.response.json().access_token);
