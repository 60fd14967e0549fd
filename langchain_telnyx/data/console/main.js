// The frame: panels by address, the overview, the theme, shortcuts.

import { read } from "./api.js";
import { buckets } from "./buckets.js";
import { calls } from "./calls.js";
import { chat } from "./chat.js";
import { clusters } from "./clusters.js";
import { conversations } from "./conversations.js";
import { copy, count, plural, setText } from "./dom.js";
import { models } from "./models.js";
import { requests } from "./requests.js";
import { script } from "./script.js";
import { help, listen } from "./shortcuts.js";

const panels = { requests, chat, buckets, conversations, calls, clusters, models, script };
const names = Object.keys(panels);
const started = new Set();
let current = "";
let changes = -1;
const POLL = 1500;

/** Show the panel of the address: `#/panel/rest`. */
function route() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decoded);
  const chosen = name in panels ? name : "requests";
  const moved = chosen !== current;
  for (const each of names) {
    document.getElementById(`panel-${each}`).hidden = each !== chosen;
    const link = document.querySelector(`[data-panel="${each}"]`);
    if (each === chosen) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    if (each === chosen && moved) link.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  current = chosen;
  const panel = panels[chosen];
  if (!started.has(chosen)) {
    started.add(chosen);
    panel.start(document.getElementById(`panel-${chosen}`));
  }
  document.title = `${chosen[0].toUpperCase()}${chosen.slice(1)} · Telnyx emulator`;
  panel.show(rest.join("/"), moved);
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function overview() {
  try {
    const found = await read("overview");
    for (const [name, value] of Object.entries(found.counts)) {
      const node = document.getElementById(`count-${name}`);
      if (node) setText(node, value ? count(value) : "");
    }
    setText(document.getElementById("count-script"), found.scripted.length ? count(found.scripted.length) : "");
    const quirks = Object.keys(found.quirks).length;
    const facts = [`Version ${found.version}`, found.stored ? "data on disk" : "data in memory"];
    if (found.upstream) facts.push("upstream model");
    if (quirks) facts.push(plural(quirks, "quirk"));
    setText(document.getElementById("about"), facts.join(" · "));
    script.overview(found);
    requests.overview(found);
    calls.overview(found);
    if (found.changes !== changes) {
      changes = found.changes;
      panels[current].changed?.();
    }
  } catch {
    // The stream of requests shows that the emulator is not reachable.
  }
}

function poll() {
  const next = () => setTimeout(poll, POLL);
  if (document.hidden) next();
  else overview().then(next);
}

const THEMES = ["auto", "light", "dark"];

function theme(chosen) {
  const root = document.documentElement;
  if (chosen === "auto") delete root.dataset.theme;
  else root.dataset.theme = chosen;
  const label = chosen[0].toUpperCase() + chosen.slice(1);
  setText(document.getElementById("theme-text"), label);
  document.getElementById("theme").setAttribute("aria-label", `Theme: ${label}`);
}

function nextTheme() {
  const before = document.documentElement.dataset.theme ?? "auto";
  const chosen = THEMES[(THEMES.indexOf(before) + 1) % THEMES.length];
  theme(chosen);
  try {
    localStorage.setItem("console-theme", chosen);
  } catch {
    // Storage may be forbidden; the theme then lasts as long as the page.
  }
}

function start() {
  const base = `${location.origin}/v2`;
  const address = document.getElementById("address");
  setText(address, base);
  address.setAttribute("aria-label", `Copy the base URL ${base}`);
  address.addEventListener("click", () => copy(base, "the base URL"));
  theme(document.documentElement.dataset.theme ?? "auto");
  document.getElementById("theme").addEventListener("click", nextTheme);
  document.getElementById("help-open").addEventListener("click", help);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main").focus();
  });
  listen({
    panel: (index) => names[index] && (location.hash = `#/${names[index]}`),
    theme: nextTheme,
    search: () => document.querySelector(".panel:not([hidden]) [data-search]")?.focus(),
    active: () => panels[current],
  });
  addEventListener("hashchange", route);
  requests.connect();
  route();
  poll();
}

start();
