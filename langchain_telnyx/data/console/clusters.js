// The clusters of a bucket, as a map of its passages.

import { account, read } from "./api.js";
import { count, el, empty, kindOf, moment, pill, plural, svg, toast } from "./dom.js";
import { Entries } from "./entries.js";

const COLOURS = ["#3d7ab8", "#d9772b", "#3f9a56", "#cf4a4a", "#9467a8", "#3aa6a0", "#b8961f", "#d1679a", "#87664e", "#6b7a8f"];
const EDGE = 36;
const LABEL = 90; // half of the room for a label

let entries = null;
let bucket = null;

const colour = (number) => (number === null ? "#8c9691" : COLOURS[number % COLOURS.length]);

async function detail(id) {
  const found = await read(`clusters/${encodeURIComponent(id)}`);
  if (entries.id !== id || entries.same(found)) return;
  const text = el("p", { class: "prose", text: "Point at a passage, or choose a cluster." });
  const map = drawMap(found, text, Math.max(280, entries.right.clientWidth - 40));
  entries.draw(
    el("div", { class: "detail-head" },
      el("div", { class: "line" }, entries.back(), el("h2", { text: found.bucket }), pill(found.status, kindOf(found.status))),
      el("div", { class: "line soft" }, el("span", { text: plural(found.clusters.length, "cluster") }), el("span", { text: plural(found.total, "passage") }))),
    found.passages.length
      ? el("div", { class: "detail stack" }, map.node, el("div", { class: "card", "aria-live": "polite" }, text), legend(found, map))
      : el("div", { class: "detail" }, el("p", { class: "soft", text: found.status === "completed" ? "There are too few passages for a cluster." : "The task has no result yet." })));
}

/** Draw passages on a plane of a width in pixels. */
function drawMap(found, text, width) {
  const height = Math.round(Math.min(width * 0.72, Math.max(280, innerHeight * 0.58)));
  const bounds = (name) => {
    const values = found.passages.map((passage) => passage[name]);
    return [Math.min(...values), Math.max(...values) - Math.min(...values) || 1];
  };
  const [[left, across], [top, down]] = [bounds("x"), bounds("y")];
  const x = (value) => EDGE + ((value - left) / across) * (width - 2 * EDGE);
  const y = (value) => height - EDGE - ((value - top) / down) * (height - 2 * EDGE);
  const dots = found.passages.map((passage) => {
    const dot = svg("circle", { cx: x(passage.x).toFixed(1), cy: y(passage.y).toFixed(1), r: found.passages.length > 400 ? 3 : 5, fill: colour(passage.cluster) }, svg("title", { text: passage.key }));
    dot.addEventListener("pointerenter", () => text.replaceChildren(el("strong", { text: passage.key }), `\n${passage.text}`));
    return { dot, cluster: passage.cluster };
  });
  const labels = found.clusters.map((cluster) => {
    const own = found.passages.filter((passage) => passage.cluster === cluster.number);
    if (!own.length) return null;
    const middle = x(own.reduce((sum, passage) => sum + passage.x, 0) / own.length);
    const above = y(Math.max(...own.map((passage) => passage.y))) - 14;
    return svg("text", { x: Math.min(width - LABEL, Math.max(LABEL, middle)).toFixed(1), y: Math.max(16, above).toFixed(1), text: cluster.header });
  });
  const node = svg("svg", { class: "map", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Map of ${plural(found.total, "passage")} in ${plural(found.clusters.length, "cluster")}` }, dots.map(({ dot }) => dot), labels);
  return {
    node,
    only(number) {
      for (const each of dots) each.dot.classList.toggle("dim", number !== null && each.cluster !== number);
    },
    say: (cluster) => text.replaceChildren(el("strong", { text: cluster.header }), `\n${cluster.summary}`),
  };
}

function legend(found, map) {
  let chosen = null;
  const rows = found.clusters.map((cluster) => {
    const button = el("button", { type: "button", class: "button", "aria-pressed": "false" },
      svg("svg", { class: "swatch", viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("circle", { cx: 5, cy: 5, r: 5, fill: colour(cluster.number) })),
      `${cluster.header} (${count(cluster.size)})`);
    button.addEventListener("click", () => {
      chosen = chosen === cluster.number ? null : cluster.number;
      map.only(chosen);
      if (chosen !== null) map.say(cluster);
      for (const each of rows) each.setAttribute("aria-pressed", String(each === button && chosen !== null));
    });
    return button;
  });
  return el("div", { class: "line" }, rows);
}

async function compute(event) {
  event.preventDefault();
  if (!bucket.value) return;
  try {
    const answer = await account("POST", "/v2/ai/clusters", { bucket: bucket.value, min_cluster_size: 3, min_subcluster_size: 3 });
    const { data } = await answer.json();
    location.hash = `#/clusters/${encodeURIComponent(data.task_id)}`;
  } catch (error) {
    toast(error.message, true);
  }
}

async function options() {
  const found = (await read("buckets")).filter((each) => each.embedding);
  const chosen = bucket.value;
  const names = found.map((each) => each.name).join("/");
  if (names === bucket.dataset.names) return; // an open list stays open
  bucket.dataset.names = names;
  bucket.replaceChildren(...found.map((each) => el("option", { value: each.name, text: each.name })));
  if (found.some((each) => each.name === chosen)) bucket.value = chosen;
  bucket.form.hidden = !found.length;
}

function start(panel) {
  bucket = el("select", { "aria-label": "Bucket" });
  const form = el("form", { class: "line", on: { submit: compute }, hidden: true }, bucket, el("button", { class: "button", text: "Compute clusters" }));
  entries = new Entries({
    panel: "clusters", label: "Cluster tasks", detail,
    read: () => read("clusters"),
    link: (task) => ({ id: task.id, name: task.bucket, state: pill(task.status, kindOf(task.status)), meta: moment(task.created_at) }),
    none: () => empty("No clusters", "Embed a bucket, then compute its clusters here or by the API."),
  });
  panel.append(el("div", { class: "bar" }, el("h1", { id: "title-clusters", text: "Clusters" }), form), entries.node);
}

function load(id) {
  options().catch((error) => toast(error.message, true));
  entries.load();
  entries.open(id);
}

export const clusters = { start, show: load, changed: () => load(entries.id), escape: () => entries.escape() };
