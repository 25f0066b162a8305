// The console's page: asks for the overview every two seconds while it can be seen, and draws it.

import { bar, figure, fill, make, milliseconds, ruler, waterfall } from "./draw.js";
import { ask, comeBack, Missing, Refused, signIn, SignedOut, signOut } from "./sign-in.js";

const EVERY = 2000;
const at = (id) => document.getElementById(id);
const body = (id) => at(id).querySelector("tbody");
let again = false;
let asking = false;

function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

function round(value) {
  return value >= 100 || value === 0 ? String(Math.round(value)) : value.toFixed(1);
}

function figures(seen) {
  const points = seen.points;
  const last = points[points.length - 1] || { requests: 0, failed: 0, events: 0, outbox: 0, lag: 0 };
  const of = (name) => points.map((point) => point[name]);
  const memory = seen.processes.reduce((sum, one) => sum + one.memory_mib, 0);
  fill(at("figures"), [
    figure("Requests", round(last.requests), "a second", of("requests")),
    figure("Answered 5xx", round(last.failed), "a second", of("failed")),
    figure("Events handled", round(last.events), "a second", of("events")),
    figure("In the outboxes", String(last.outbox), "rows", of("outbox")),
    figure("Consumer lag", String(last.lag), "messages", of("lag")),
    figure("Memory", String(Math.round(memory)), "MiB", of("memory_mib")),
  ]);
}

function state(seen) {
  const wrong = seen.processes.filter((one) => !one.ready).map((one) => one.name);
  at("state").className = "state " + (wrong.length ? "bad" : "good");
  at("state").textContent = wrong.length ? "not ready: " + wrong.join(", ")
    : `${seen.processes.length} processes ready`;
}

function processes(seen) {
  const most = Math.max(...seen.processes.map((one) => one.memory_mib), 1);
  fill(body("processes"), seen.processes.map((one) => make("tr", {},
    make("th", { scope: "row" }, one.name),
    make("td", { class: one.ready ? "good" : "bad" }, one.state),
    make("td", { class: "number" }, Math.round(one.memory_mib) + " MiB"),
    make("td", { class: "wide" }, bar(one.memory_mib / most)),
    make("td", { class: "number" }, one.pid ? clock(one.age_seconds) : ""))));
}

function queues(seen) {
  const outbox = seen.outbox.map((one) => ["outbox of " + one.service, "Kafka", one.rows]);
  const lag = seen.lag.map((one) => [one.topic, one.group, one.messages]);
  const waiting = [...outbox, ...lag].filter(([, , count]) => count > 0);
  at("queues").hidden = waiting.length === 0;
  fill(body("queues"), waiting.map(([what, who, count]) => make("tr", {},
    make("th", { scope: "row" }, what), make("td", {}, who),
    make("td", { class: "number warning" }, String(count)))));
  const dead = seen.dead_letters ? ` Dead letters since the start: ${seen.dead_letters}.` : "";
  at("idle").textContent = (waiting.length ? "Nothing waits in the others of "
    : "Nothing waits in any of ") + `${outbox.length} outboxes and ${lag.length} consumers.` + dead
    + (seen.silent.length ? ` Not measured: ${seen.silent.join(", ")}.` : "");
}

function link(what, label) {
  return make("a", { href: "#" + what, class: "mono" }, label);
}

function troubles(seen) {
  at("no-troubles").hidden = seen.troubles.length > 0;
  fill(body("troubles"), seen.troubles.slice(0, 20).map((one) => make("tr", {},
    make("td", { class: "number" }, one.at.slice(11, 19)),
    make("td", {}, one.process),
    make("td", { class: "what" },
      make("strong", { class: one.level === "warning" ? "warning" : "bad" }, one.event), " ",
      make("span", { class: "soft" }, one.detail)),
    make("td", {}, one.trace ? link(one.trace, one.trace.slice(0, 8)) : ""))));
}

function orders(list) {
  at("no-orders").hidden = list.length > 0;
  fill(body("orders"), list.slice(0, 10).map((one) => make("tr", {},
    make("th", { scope: "row" }, link(one.order, one.order)),
    make("td", { class: "number" }, String(one.spans)),
    make("td", { class: "number" + (one.failed ? " bad" : "") }, milliseconds(one.milliseconds)),
    make("td", { class: "number" }, new Date(one.at * 1000).toLocaleTimeString("en-GB")))));
}

async function show() {
  const what = decodeURIComponent(location.hash.slice(1)).trim();
  if (!/^[0-9A-Fa-f-]{32,36}$/.test(what)) { at("trace").hidden = true; return; }
  at("what").value = what;
  at("trace").hidden = false;
  try {
    const trace = await ask("traces/" + what);
    at("trace-title").textContent = trace.order ? "The way of " + trace.order : "Trace";
    at("trace-about").replaceChildren("Trace ", make("code", {}, trace.trace),
      ` began ${new Date(trace.began * 1000).toLocaleString("en-GB")}: ${trace.rows.length} spans, `,
      `${milliseconds(trace.takes)} until the last ended.`);
    at("ruler").replaceChildren(...ruler(trace.takes));
    fill(body("waterfall"), waterfall(trace));
    const others = trace.others.slice(0, 10).map((id) => [link(id, id.slice(0, 8)), " "]).flat();
    at("others").replaceChildren(...(others.length ? ["Later, of the same order: ", ...others] : []));
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    at("trace-title").textContent = "No trace";
    at("trace-about").textContent =
      `Nothing is kept about ${what}: it is unknown, older than what is kept, or was not chosen.`;
    for (const part of ["ruler", "others"]) at(part).replaceChildren();
    fill(body("waterfall"), []);
  }
}

function gate(error) {
  if (!(error instanceof SignedOut) && !(error instanceof Refused)) {
    at("state").className = "state bad";
    at("state").textContent = error.message;
    return;
  }
  again = error instanceof Refused;
  at("why").textContent = error.message;
  at("state").className = "state";
  at("state").textContent = "";
  at("sign-in-button").textContent = again ? "Sign in as somebody else" : "Sign in";
  at("sign-in").hidden = false;
  at("board").hidden = at("sign-out").hidden = true;
}

async function look() {
  if (asking || document.hidden || !at("sign-in").hidden) return;
  asking = true;
  try {
    const [seen, placed] = await Promise.all([ask("overview"), ask("orders")]);
    at("board").hidden = at("sign-out").hidden = false;
    for (const part of [state, figures, processes, queues, troubles]) part(seen);
    orders(placed.orders);
  } catch (error) {
    gate(error);
  } finally {
    asking = false;
  }
}

at("sign-in-button").addEventListener("click", () => signIn(again));
at("sign-out").addEventListener("click", async () => {
  await signOut();
  gate(new SignedOut("You are signed out."));
});
at("find").addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = at("what").value.trim();
});
addEventListener("hashchange", async () => {
  await show().catch(gate);
  at("trace-title").focus({ preventScroll: true });
  at("trace").scrollIntoView({ block: "start" });
});
document.addEventListener("visibilitychange", look);

try {
  await comeBack();
  await look();
  if (at("sign-in").hidden) await show();
} catch (error) {
  gate(error);
}
setInterval(look, EVERY);
