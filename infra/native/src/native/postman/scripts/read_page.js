// The form says where it goes, and proves by its CSRF token that it was shown to this browser.
pm.test("the sign-in page is shown", () => pm.expect(pm.response.code).to.equal(200));
const found = (pattern) => (pm.response.text().match(pattern) || ["", ""])[1];
const action = found(/<form method="post" action="([^"]+)"/).replace(/&amp;/g, "&");
const csrf = found(/name="csrf" value="([^"]+)"/);
pm.test("its form has an address and a CSRF token", () => {
  pm.expect(action).to.match(/^\//);
  pm.expect(csrf).to.not.equal("");
});
pm.environment.set("sign_in_action", action);
pm.environment.set("csrf", csrf);
