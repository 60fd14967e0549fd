// The models of the account.

import { read } from "./api.js";
import { compact, el, pill, toast } from "./dom.js";

let body = null;
let all = [];
let search = null;

function row(model) {
  const price = (name) => el("td", { class: "number optional", text: model.price ? `$${Number(model.price[name])}` : "–" });
  const abilities = ["reasoning", "vision", "audio"].filter((name) => model[name]).map((name) => pill(name, "info"));
  if (model.base) abilities.push(pill("fine-tuned", "good"));
  if (!model.hosted) abilities.push(pill("forwarded"));
  if (model.task === "embeddings") abilities.push(pill(`embeddings, ${compact(model.dimensions)} dimensions`));
  return el("tr", {}, el("td", { class: "key mono", text: model.id }), el("td", {}, el("span", { class: "line" }, abilities)),
    el("td", { class: "number", text: compact(model.context) }), price("prompt"), price("completion"), price("cached"),
    el("td", { class: "optional", text: model.size || "–" }), el("td", { class: "optional soft", text: model.license }));
}

function draw() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = all.filter((model) => words.every((word) => JSON.stringify(model).toLowerCase().includes(word)));
  body.replaceChildren(...shown.map(row));
}

async function load() {
  try {
    const found = await read("models");
    if (JSON.stringify(found) === JSON.stringify(all)) return;
    all = found;
    draw();
  } catch (error) {
    toast(error.message, true);
  }
}

export const models = {
  start(panel) {
    search = el("input", { type: "search", placeholder: "Filter models", "aria-label": "Filter models", "data-search": true, on: { input: draw } });
    body = el("tbody");
    const heads = [["Model", ""], ["Features", ""], ["Context", "number"], ["Prompt", "number optional"], ["Answer", "number optional"], ["Cached", "number optional"], ["Size", "optional"], ["Licence", "optional"]];
    panel.append(
      el("div", { class: "bar" }, el("h1", { id: "title-models", text: "Models" }), search, el("span", { class: "soft", text: "Prices in USD per million tokens" })),
      el("div", { class: "scroll surface", tabindex: "0", role: "region", "aria-label": "List of models" },
        el("table", {}, el("thead", {}, el("tr", {}, heads.map(([text, kind]) => el("th", { class: kind, text })))), body)));
  },
  show: load,
  changed: load,
};
