// Makes elements of data: sparklines, bars, table rows and the waterfall of a trace. Text goes in
// as text alone, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const KNOWN = ["gateway", "auth", "catalog", "inventory", "orders", "payments", "notifications"];

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function shape(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const fill = (body, rows) => body.replaceChildren(...rows);
export const inService = (name) => (KNOWN.includes(name) ? "in-" + name : "in-other");

export function milliseconds(value) {
  if (value >= 1000) return (value / 1000).toFixed(value < 10000 ? 2 : 1) + " s";
  return value.toFixed(value < 10 ? 1 : 0) + " ms";
}

export function figure(name, value, unit, points) {
  return make("div", { class: "figure" }, make("div", { class: "name" }, name),
    make("span", { class: "value" }, value), " ", make("span", { class: "unit" }, unit),
    sparkline(points));
}

function sparkline(points) {
  const most = Math.max(...points, 1e-9);
  const step = 100 / Math.max(points.length - 1, 1);
  const line = points.map((p, i) => `${(i * step).toFixed(2)},${(31 - (p / most) * 29).toFixed(2)}`);
  const drawing = shape("svg", { viewBox: "0 0 100 32", preserveAspectRatio: "none",
    "aria-hidden": "true" });
  if (points.length > 1) {
    drawing.append(shape("polygon", { points: `0,32 ${line.join(" ")} 100,32` }),
      shape("polyline", { points: line.join(" ") }));
  }
  return drawing;
}

export function bar(share) {
  return shape("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none",
    "aria-hidden": "true" }, shape("rect", { width: Math.max(share * 100, 0.5), height: 10, rx: 1 }));
}

function piece(kind, from, until, whole, title) {
  const x = (from / whole) * 1000;
  const width = Math.max(((until - from) / whole) * 1000, kind.startsWith("work") ? 2.5 : 0);
  const thin = kind === "outbox" || kind === "kafka";
  return shape("rect", { class: kind, x: Math.min(x, 1000 - width), width, y: thin ? 5 : 1,
    height: thin ? 6 : 14, rx: 1.5 }, shape("title", {}, document.createTextNode(title)));
}

function fall(row, whole) {
  const drawing = shape("svg", { class: "fall " + inService(row.service), viewBox: "0 0 1000 16",
    preserveAspectRatio: "none", "aria-hidden": "true" });
  if (row.sent !== null) {
    if (row.written !== null) {
      drawing.append(piece("outbox", row.written, row.sent, whole,
        "sent after " + milliseconds(row.sent - row.written)));
    }
    drawing.append(piece("kafka", row.sent, row.begins, whole,
      `in ${row.topic} for ${milliseconds(row.begins - row.sent)}`));
  }
  drawing.append(piece(row.failed ? "work failed" : "work", row.begins, row.begins + row.takes,
    whole, milliseconds(row.takes)));
  return drawing;
}

// One row of the table for each span; pressing its name shows what it says besides.
export function waterfall(trace) {
  const whole = Math.max(trace.takes, 0.1);
  return trace.rows.map((row) => {
    const more = make("div", { class: "more mono", hidden: "" }, said(row));
    const step = make("button", { class: "step", type: "button", "aria-expanded": "false" },
      make("span", { class: "service " + inService(row.service) }, row.service), " ", row.name,
      row.failed ? make("strong", { class: "bad" }, " failed") : "");
    step.addEventListener("click", () => {
      more.hidden = !more.hidden;
      step.setAttribute("aria-expanded", String(!more.hidden));
    });
    const head = make("th", { scope: "row" }, step, more);
    head.style.paddingLeft = `${row.depth * 0.9}rem`;
    return make("tr", {}, head, make("td", { class: "wide" }, fall(row, whole)),
      make("td", { class: "number" }, milliseconds(row.begins)),
      make("td", { class: "number" }, milliseconds(row.takes)));
  });
}

function said(row) {
  return Object.entries({ kind: row.kind, ...row.attributes })
    .map(([name, value]) => `${name}: ${value}`).join(" · ");
}

export function ruler(whole) {
  return [0, 0.25, 0.5, 0.75, 1].map((share) => make("span", {}, milliseconds(whole * share)));
}
