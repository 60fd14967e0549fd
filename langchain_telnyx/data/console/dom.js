// Elements and formats. Text only ever becomes a text node: nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";

/** Return an element. `options` are attributes, or `on` (listeners) and `text`. */
export function el(tag, options = {}, ...children) {
  return filled(document.createElement(tag), options, children);
}

/** Return an element of SVG. */
export function svg(tag, options = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), options, children);
}

function filled(node, options, children) {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#i-${name}` }));
}

/** Set text only if it differs, as a change costs a layout. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const number = new Intl.NumberFormat("en-US");

export function count(value) {
  return value === null || value === undefined ? "" : number.format(value);
}

export function compact(value) {
  if (value < 10_000) return number.format(value);
  return value < 1_000_000 ? `${(value / 1000).toFixed(1)}k` : `${(value / 1e6).toFixed(1)}M`;
}

export function plural(value, one, many = `${one}s`) {
  return `${number.format(value)} ${value === 1 ? one : many}`;
}

export function bytes(size) {
  if (size < 1024) return `${size} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let value = size / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 0.9995) return `${seconds < 0.01 ? (seconds * 1000).toFixed(1) : Math.round(seconds * 1000)} ms`;
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

export function dollars(cost) {
  if (cost === null || cost === undefined) return "";
  if (cost === 0) return "$0";
  return cost < 0.01 ? `$${cost.toFixed(6).replace(/0+$/, "")}` : `$${cost.toFixed(4)}`;
}

export function clock(seconds) {
  const time = new Date(seconds * 1000);
  const two = (value) => String(value).padStart(2, "0");
  const millis = String(time.getMilliseconds()).padStart(3, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${millis}`;
}

/** Return a stored time for people, in the browser's zone. */
export function moment(stamp) {
  const time = new Date(stamp);
  if (Number.isNaN(time.getTime())) return stamp ?? "";
  return time.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function pill(text, kind = "") {
  return el("span", { class: `pill ${kind}`, text });
}

/** The kind of a state of a job, a file or a run. */
export function kindOf(state) {
  if (["success", "completed", "succeeded"].includes(state)) return "good";
  if (["failure", "failed"].includes(state)) return "bad";
  return ["queued", "pending"].includes(state) ? "" : "warn";
}

export function empty(title, text, ...more) {
  return el("div", { class: "empty" }, el("h2", { text: title }), el("p", { text }), more);
}

export function toast(text, bad = false) {
  const note = el("div", { class: bad ? "toast bad" : "toast", text });
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), bad ? 6000 : 2600);
}

/** Copy text; without permission, as beyond loopback, show it for copying. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied ${what}`);
  } catch {
    showCode(text, what);
  }
}

export function showCode(text, what) {
  const dialog = document.getElementById("code");
  const area = el("textarea", { rows: 14, class: "mono", readonly: true, "aria-label": what });
  area.value = text;
  dialog.replaceChildren(dialogHeader(dialog, "code-title", `Copy ${what}`), area);
  dialog.showModal();
  area.focus();
  area.select();
}

export function dialogHeader(dialog, id, title) {
  return el("header", {}, el("h2", { id, text: title }), el("span", { class: "grow" }),
    el("button", { type: "button", class: "ghost", "aria-label": "Close", on: { click: () => dialog.close() } }, icon("close")));
}

/** Call a function once, some time after the last of several calls. */
export function debounced(wait, action) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), wait);
  };
}
