// Numbers of the last minute, and of all requests since the page was opened.

import { compact, dollars, duration, el, setText, svg } from "./dom.js";

const SECONDS = 60;
const SAMPLE = 500;

export class Stats {
  constructor() {
    this.cells = {};
    const stat = (name, label) => el("div", { class: "stat" }, el("dt", { text: label }), (this.cells[name] = el("dd", { text: "–" })));
    this.area = svg("path", { class: "area" });
    this.line = svg("path", {});
    this.spark = svg("svg", { class: "spark", viewBox: "0 0 59 40", preserveAspectRatio: "none", role: "img", "aria-label": "Requests per second in the last minute" }, this.area, this.line);
    this.node = el("div", { class: "stats" },
      el("dl", { class: "numbers" },
        stat("rate", "Last minute"), stat("median", "Median"), stat("slow", "95th percentile"),
        stat("errors", "Errors"), stat("tokens", "Tokens"), stat("cost", "Cost")),
      el("div", { class: "stat wide-stat" }, this.spark));
    this.clear();
    setInterval(() => !document.hidden && this.draw(), 1000);
  }

  clear() {
    this.seconds = new Map();
    this.durations = [];
    this.errors = this.ends = this.tokens = this.cost = 0;
    this.draw();
  }

  arrived(item) {
    const second = Math.floor(Date.parse(item.received_at) / 1000);
    this.seconds.set(second, (this.seconds.get(second) ?? 0) + 1);
  }

  ended(item) {
    this.ends += 1;
    if (item.state === "incomplete" || item.status >= 400) this.errors += 1;
    if (item.duration_ms !== null) {
      this.durations.push(item.duration_ms / 1000);
      if (this.durations.length > SAMPLE) this.durations.shift();
    }
    if (item.tokens) this.tokens += item.tokens.prompt + item.tokens.completion;
    this.cost += item.cost_usd ?? 0;
  }

  draw() {
    const now = Math.floor(Date.now() / 1000);
    for (const second of this.seconds.keys()) if (second < now - 2 * SECONDS) this.seconds.delete(second);
    const values = Array.from({ length: SECONDS }, (_, at) => this.seconds.get(now - SECONDS + 1 + at) ?? 0);
    const most = Math.max(...values, 4);
    const points = values.map((value, at) => `${at} ${(38 - (value / most) * 34).toFixed(1)}`);
    const line = `M${points.join("L")}`;
    if (line !== this.drawn) {
      this.drawn = line;
      this.line.setAttribute("d", line);
      this.area.setAttribute("d", `${line}L59 40L0 40Z`);
    }
    const sorted = [...this.durations].sort((one, other) => one - other);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    setText(this.cells.rate, compact(values.reduce((sum, value) => sum + value, 0)));
    setText(this.cells.median, sorted.length ? duration(at(0.5)) : "–");
    setText(this.cells.slow, sorted.length ? duration(at(0.95)) : "–");
    setText(this.cells.errors, this.errors ? `${compact(this.errors)} of ${compact(this.ends)}` : "0");
    setText(this.cells.tokens, compact(this.tokens));
    setText(this.cells.cost, dollars(this.cost));
  }
}
