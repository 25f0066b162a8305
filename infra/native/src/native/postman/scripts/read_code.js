// The answer leads back to the client. It is not followed: the code is all that is wanted.
const location = pm.response.headers.get("Location") || "";
const answer = require("querystring").parse(location.split("?")[1]);
pm.test("a code comes back, from this server and for this question", () => {
  pm.expect(pm.response.code).to.be.oneOf([302, 303]);
  pm.expect(location.startsWith(pm.environment.get("redirect_uri"))).to.equal(true);
  pm.expect(answer.state).to.equal(pm.environment.get("state"));
  pm.expect(answer.iss).to.equal(pm.environment.get("origin"));
  pm.expect(answer.code).to.be.a("string");
});
pm.environment.set("code", answer.code);
