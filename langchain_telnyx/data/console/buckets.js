// Buckets: files with the state of their embedding, passages, and a search with scores.

import { account, read } from "./api.js";
import { bytes, count, debounced, el, empty, kindOf, moment, pill, plural, toast } from "./dom.js";
import { Entries } from "./entries.js";

let entries = null;
let open = { bucket: "", key: "" };
let found = []; // all buckets
let search = null;

function state(bucket) {
  if (!bucket.embedding) return pill("not embedded");
  if (bucket.busy || bucket.states.queued || bucket.states.processing) return pill("embedding", "warn");
  if (bucket.states.failure) return pill(plural(bucket.states.failure, "failure"), "bad");
  return pill("embedded", "good");
}

const segments = (path) => path.split("/").map(encodeURIComponent).join("/");
const path = (bucket, rest) => `buckets/${encodeURIComponent(bucket)}/${rest}`;

async function act(action, done) {
  try {
    await action();
    if (done) toast(done);
  } catch (error) {
    toast(error.message, true);
  }
  await entries.load();
  await entries.open(entries.id);
}

async function upload(bucket, files) {
  let stored = 0;
  await act(async () => {
    for (const file of files) {
      await account("PUT", `/${segments(bucket)}/${segments(file.name)}`, file);
      stored += 1;
    }
  });
  if (stored) toast(`Stored ${plural(stored, "file")}`);
}

async function detail(id) {
  const bucket = found.find((each) => each.name === id);
  if (!bucket) throw new Error("This bucket does not exist.");
  if (open.key) await passages(bucket);
  else await overview(bucket);
}

async function overview(bucket) {
  const page = await read(path(bucket.name, "files"));
  if (entries.id !== bucket.name || open.key || entries.same([bucket, page])) return;
  if (search?.bucket !== bucket.name) search = makeSearch(bucket);
  const picker = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-label": "Files to store" });
  picker.addEventListener("change", () => upload(bucket.name, [...picker.files]));
  const drop = el("div", { class: "drop line" }, el("span", { text: "Drop files here, or" }),
    el("button", { type: "button", class: "button", text: "Choose files", on: { click: () => picker.click() } }), picker);
  for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", over);
      if (name === "drop") upload(bucket.name, [...event.dataTransfer.files]);
    });
  }
  const settings = bucket.embedding;
  const facts = [plural(bucket.objects, "file"), bytes(bucket.bytes), plural(bucket.passages, "passage"), bucket.region];
  if (settings) facts.push(settings.model, `${count(settings.chunk_size)} characters, ${count(settings.overlap)} overlap`);
  const embed = el("button", { type: "button", class: settings ? "button" : "primary", text: settings ? "Embed again" : "Embed",
    on: { click: () => act(() => account("POST", "/v2/ai/embeddings", { bucket_name: bucket.name }), "Embedding started") } });
  entries.draw(
    el("div", { class: "detail-head" },
      el("div", { class: "line" }, entries.back(), el("h2", { text: bucket.name }), state(bucket), embed),
      el("div", { class: "line soft" }, facts.map((fact) => el("span", { text: fact })))),
    el("div", { class: "detail stack" }, settings ? search.node : null, drop, filesOf(bucket, page)));
}

/** The search survives a redraw, with its text, its focus and its results. */
function makeSearch(bucket) {
  const input = el("input", { type: "search", class: "full", placeholder: "Search the passages", "aria-label": "Search the passages", "data-search": true });
  const results = el("div", { class: "stack", "aria-live": "polite" });
  let latest = "";
  const run = async () => {
    const query = input.value.trim();
    latest = query;
    if (!query) {
      results.replaceChildren();
      return;
    }
    try {
      const hits = await read(path(bucket.name, `hits?query=${encodeURIComponent(query)}`));
      if (latest !== query) return;
      results.replaceChildren(...(hits.length ? hits.map((hit, at) => hitOf(bucket.name, hit, at, query)) : [el("p", { class: "soft", text: "This bucket has no passages." })]));
    } catch (error) {
      results.replaceChildren(el("p", { text: error.message }));
    }
  };
  input.addEventListener("input", debounced(200, run));
  return { bucket: bucket.name, node: el("div", { class: "stack search" }, input, results), run };
}

function hitOf(bucket, hit, at, query) {
  return el("article", { class: "card hit" },
    el("div", { class: "line" },
      el("span", { class: "soft mono", text: `${at + 1}` }),
      el("a", { href: `#/buckets/${encodeURIComponent(bucket)}/${encodeURIComponent(hit.key)}`, text: hit.key }),
      el("span", { class: "grow" }),
      el("meter", { min: 0.85, max: 1, value: hit.certainty, "aria-label": "Certainty" }),
      el("span", { class: "mono", text: hit.certainty.toFixed(4), title: `Certainty; distance ${hit.distance.toFixed(4)}` }),
      el("span", { class: "mono soft", text: `distance ${hit.distance.toFixed(4)}` })),
    el("p", {}, marked(hit.text, query)));
}

/** Return text in which the words of a query are marked. */
function marked(text, query) {
  const words = new Set(query.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []);
  const stems = [...words].map((word) => word.slice(0, Math.max(3, word.length - 2)));
  return text.slice(0, 1200).split(/([\p{L}\p{N}]+)/u).map((part) => {
    const word = part.toLowerCase();
    return stems.some((stem) => word.startsWith(stem)) ? el("mark", { text: part }) : part;
  });
}

function filesOf(bucket, page) {
  if (!page.rows.length) return el("p", { class: "soft", text: "This bucket is empty." });
  const body = el("tbody", {}, page.rows.map((file) => fileRow(bucket, file)));
  const table = el("div", { class: "table" }, el("table", {},
    el("thead", {}, el("tr", {}, el("th", { text: "File" }), el("th", { class: "number", text: "Size" }), el("th", { class: "number optional", text: "Passages" }),
      el("th", { text: "Embedding" }), el("th", { class: "optional", text: "Changed" }))), body));
  let after = page.next_after;
  const more = el("button", { type: "button", class: "button", text: "More files", hidden: after === null, on: { click: async () => {
    const next = await read(path(bucket.name, `files?after=${encodeURIComponent(after)}`));
    body.append(...next.rows.map((file) => fileRow(bucket, file)));
    after = next.next_after;
    more.hidden = after === null;
  } } });
  return el("div", { class: "stack" }, table, more);
}

function fileRow(bucket, file) {
  return el("tr", {},
    el("td", { class: "key" }, el("a", { href: `#/buckets/${encodeURIComponent(bucket.name)}/${encodeURIComponent(file.key)}`, text: file.key })),
    el("td", { class: "number", text: bytes(file.size) }),
    el("td", { class: "number optional", text: file.status ? count(file.passages) : "" }),
    el("td", {}, file.status ? pill(file.status, kindOf(file.status)) : el("span", { class: "soft", text: "–" }),
      file.error_reason && file.status === "failure" ? el("div", { class: "soft", text: file.error_reason }) : null),
    el("td", { class: "optional soft", text: moment(file.modified_at) }));
}

async function passages(bucket) {
  const { key } = open;
  const page = await read(path(bucket.name, `passages?key=${encodeURIComponent(key)}`));
  if (entries.id !== bucket.name || open.key !== key || entries.same([key, page])) return;
  let number = 0;
  const cards = (rows) => rows.map((row) => el("article", { class: "card" },
    el("div", { class: "line soft" }, el("span", { class: "mono", text: `${(number += 1)}` }), el("span", { text: plural(row.text.length, "character") })),
    el("p", { class: "prose", text: row.text })));
  const list = el("div", { class: "stack" }, cards(page.rows));
  let after = page.next_after;
  const more = el("button", { type: "button", class: "button", text: "More passages", hidden: after === null, on: { click: async () => {
    const next = await read(path(bucket.name, `passages?key=${encodeURIComponent(key)}&after=${after}`));
    list.append(...cards(next.rows));
    after = next.next_after;
    more.hidden = after === null;
  } } });
  entries.draw(
    el("div", { class: "detail-head" },
      el("div", { class: "line" }, el("a", { class: "button", href: `#/buckets/${encodeURIComponent(bucket.name)}`, text: `All files of ${bucket.name}` })),
      el("h2", { text: key })),
    el("div", { class: "detail stack" },
      page.rows.length ? list : el("p", { class: "soft", text: bucket.embedding ? "This file has no passages." : "This bucket is not embedded." }), more));
}

function start(panel) {
  const name = el("input", { "aria-label": "Name of a new bucket", placeholder: "new-bucket", required: true });
  const form = el("form", { class: "line" }, name, el("button", { class: "button", text: "Create" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = name.value.trim();
    act(async () => {
      await account("PUT", `/${encodeURIComponent(chosen)}`);
      name.value = "";
      location.hash = `#/buckets/${encodeURIComponent(chosen)}`;
    });
  });
  entries = new Entries({
    panel: "buckets", label: "Buckets", detail,
    read: async () => (found = await read("buckets")),
    link: (bucket) => ({ id: bucket.name, name: bucket.name, state: state(bucket), meta: `${plural(bucket.objects, "file")} · ${bytes(bucket.bytes)} · ${plural(bucket.passages, "passage")}` }),
    none: () => empty("No buckets", "Create one here, or with any S3 client. Then store files and embed them to search."),
  });
  panel.append(el("div", { class: "bar" }, el("h1", { id: "title-buckets", text: "Buckets" }), form), entries.node);
}

async function load() {
  await entries.load();
  await entries.open(open.bucket);
  search?.run();
}

export const buckets = {
  start,
  show(rest) {
    const slash = rest.indexOf("/");
    open = slash < 0 ? { bucket: rest, key: "" } : { bucket: rest.slice(0, slash), key: rest.slice(slash + 1) };
    load();
  },
  changed: load,
  escape: () => (open.key ? (location.hash = `#/buckets/${encodeURIComponent(open.bucket)}`) : entries.escape()),
};
