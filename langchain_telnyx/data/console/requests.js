// Requests as they arrive: a stream, a bounded list, numbers of the last minute.

import { command, events, read, send } from "./api.js";
import { Detail } from "./detail.js";
import { clock, compact, dollars, duration, el, empty, setText, toast } from "./dom.js";
import { Feed } from "./feed.js";
import { Stats } from "./stats.js";

const MOST = 1000;
const DRAW_EVERY = 120;
const KINDS = {
  All: () => true,
  Chat: (item) => /\/(chat\/completions|responses|messages)$/.test(item.path) && item.path.startsWith("/v2/ai"),
  AI: (item) => item.path.startsWith("/v2/"),
  Storage: (item) => !item.path.startsWith("/v2/"),
  Errors: (item) => item.state === "incomplete" || item.status >= 400,
};

const byId = new Map();
let order = []; // ids, newest last
let filtered = [];
let added = 0;
let waiting = false;
let paused = false;
let cursor = 0;
let kind = "All";
let words = [];
let view = null;
const stats = new Stats();

/** Read the stream for as long as the page is open. */
async function connect() {
  for (;;) {
    try {
      if (!cursor) cursor = Math.max(0, (await read("overview")).revision - 2 * MOST);
      const answer = await send(`/_emulator/requests?running=true&max_body=0&after=${cursor}`, {
        headers: { accept: "text/event-stream" },
      });
      live("on");
      for await (const event of events(answer)) {
        cursor = Number(event.id) || cursor;
        take(JSON.parse(event.data));
      }
    } catch {
      // The emulator was stopped, or the connection is lost: try again.
    }
    live("off");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await restarted();
  }
}

/** An emulator that was restarted counts from the beginning. */
async function restarted() {
  try {
    const { revision } = await read("overview");
    if (revision < cursor) {
      clear();
      cursor = 0;
    }
  } catch {
    // It is not there yet.
  }
}

function take(item) {
  const before = byId.get(item.id);
  byId.set(item.id, item);
  if (!before) {
    order.push(item.id);
    stats.arrived(item);
    if (order.length > MOST) for (const id of order.splice(0, order.length - MOST)) byId.delete(id);
  }
  if (item.state !== "running" && (!before || before.state === "running")) stats.ended(item);
  if (!waiting) {
    waiting = true;
    setTimeout(draw, DRAW_EVERY);
  }
}

function draw() {
  waiting = false;
  if (!view || paused) return;
  const before = filtered[0]?.id ?? 0;
  filtered = [];
  added = 0;
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const item = byId.get(order[at]);
    if (!matches(item)) continue;
    if (item.id > before) added += 1;
    filtered.push(item);
  }
  view.feed.show(filtered, before ? added : 0);
  view.none.hidden = filtered.length > 0;
  view.feed.node.hidden = filtered.length === 0;
  if (!filtered.length) {
    setText(view.none.querySelector("h2"), order.length ? "No request matches" : "No requests yet");
  }
  stats.draw();
  const shown = view.detail.item && byId.get(view.detail.item.id);
  if (shown && shown.revision !== view.detail.item.revision) view.detail.load(shown.id);
}

function matches(item) {
  if (!KINDS[kind](item)) return false;
  if (!words.length) return true;
  const text = `${item.method} ${item.path}?${item.query} ${item.status ?? ""} ${item.model ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function makeRow() {
  const cells = {};
  const cell = (name) => (cells[name] = el("span", { class: `t-${name}` }));
  const [path, model] = [el("span"), el("span", { class: "model" })];
  const node = el("div", { class: "row" }, ["time", "method", "path", "status", "tokens", "cost", "time-taken"].map(cell));
  cells.path.append(path, model);
  const fill = (item) => {
    setText(cells.time, clock(Date.parse(item.received_at) / 1000));
    setText(cells.method, item.method);
    cells.method.className = `t-method m-${item.method.toLowerCase().replace(/[^a-z]/g, "")}`;
    setText(path, item.query ? `${item.path}?${item.query}` : item.path);
    setText(model, item.model ?? "");
    setText(cells.status, statusOf(item));
    cells.status.className = `t-status ${statusKind(item)}`;
    setText(cells.tokens, item.tokens ? `${compact(item.tokens.prompt)} → ${compact(item.tokens.completion)}` : "");
    setText(cells.cost, dollars(item.cost_usd));
    setText(cells["time-taken"], item.duration_ms === null ? "" : duration(item.duration_ms / 1000));
  };
  return { node, fill };
}

export function statusOf(item) {
  if (item.state === "running") return item.status ? `${item.status}…` : "…";
  return item.status === null ? "lost" : String(item.status);
}

export function statusKind(item) {
  if (item.state === "running") return "";
  if (item.state === "incomplete" || item.status >= 500) return "s-bad";
  return item.status >= 400 ? "s-warn" : "s-good";
}

function live(state) {
  const node = document.getElementById("live");
  node.dataset.state = state === "on" && paused ? "paused" : state;
  const text = { on: paused ? "Paused" : "Live", off: "Not connected" }[state];
  setText(document.getElementById("live-text"), text);
}

function pause() {
  paused = !paused;
  view.pause.setAttribute("aria-pressed", String(paused));
  setText(view.pause, paused ? "Resume" : "Pause");
  live("on");
  if (!paused) draw();
}

function clear() {
  byId.clear();
  order = [];
  stats.clear();
  if (view) {
    close();
    draw();
  }
}

async function deleteAll() {
  try {
    await command("requests", {}, "DELETE");
    clear();
  } catch (error) {
    toast(error.message, true);
  }
}

function close() {
  if (location.hash.startsWith("#/requests/")) location.hash = "#/requests";
}

function start(panel) {
  const search = el("input", {
    type: "search", placeholder: "Filter: path, status, model", "aria-label": "Filter requests", "data-search": true,
    on: { input: () => { words = search.value.toLowerCase().split(/\s+/).filter(Boolean); filtered = []; draw(); } },
  });
  const kinds = el("div", { class: "group", role: "group", "aria-label": "Kind of requests" },
    Object.keys(KINDS).map((name) => el("button", {
      type: "button", class: "button", "aria-pressed": String(name === kind), text: name,
      on: { click: (event) => {
        kind = name;
        for (const each of kinds.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
        filtered = [];
        draw();
      } },
    })));
  const pauseButton = el("button", { type: "button", class: "button", "aria-pressed": "false", text: "Pause", on: { click: pause } });
  const feed = new Feed("Requests, newest first", makeRow, (id) => (location.hash = `#/requests/${id}`));
  const none = empty("No requests yet", "They appear here as they arrive. Connect a program to this emulator:",
    el("pre", { text: `export TELNYX_BASE_URL=${location.origin}/v2\nexport TELNYX_API_KEY=…   # the key that the emulator printed` }));
  const split = el("div", { class: "split" },
    el("div", { class: "left" },
      el("div", { class: "head", "aria-hidden": "true" },
        el("span", { class: "t-time", text: "Time" }), el("span", { text: "Method" }), el("span", { text: "Path" }),
        el("span", { class: "t-status", text: "Status" }), el("span", { class: "t-tokens", text: "Tokens" }),
        el("span", { class: "t-cost", text: "Cost" }), el("span", { class: "t-time-taken", text: "Duration" })),
      feed.node, none),
    el("div", { class: "right", role: "region", "aria-label": "Request", tabindex: "0", hidden: true }));
  const detail = new Detail(split.lastElementChild, close);
  view = { feed, none, split, detail, pause: pauseButton };
  panel.append(
    el("div", { class: "bar" }, el("h1", { id: "title-requests", text: "Requests" }), search, kinds, el("span", { class: "grow" }), pauseButton,
      el("button", { type: "button", class: "button", text: "Clear", title: "Delete the recorded requests", on: { click: deleteAll } })),
    stats.node, split);
  draw();
}

export const requests = {
  connect,
  start,
  pause,
  show(rest) {
    const id = Number(rest);
    const open = Number.isInteger(id) && id > 0;
    view.split.classList.toggle("open", open);
    view.split.lastElementChild.hidden = !open;
    view.feed.resized();
    if (open) {
      view.feed.choose(id);
      view.detail.load(id);
    } else {
      view.detail.item = null;
      draw();
    }
  },
  step: (by) => {
    view.feed.step(by);
    if (view.split.classList.contains("open")) view.feed.open(view.feed.selected);
    else view.feed.node.focus();
  },
  escape: () => {
    close();
    view.feed.node.focus();
  },
  copyAs: (name) => view.detail.copyAs(name, view.feed.selected),
  /** Clear the list after another program has deleted the requests. */
  overview(found) {
    if (found.counts.requests === 0 && order.length && found.revision >= cursor) clear();
  },
};
