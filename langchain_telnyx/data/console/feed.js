// A list of rows of one height, newest first, of which only the visible ones exist.

import { el } from "./dom.js";

const EXTRA = 6;

export class Feed {
  /**
   * @param label The name of the list.
   * @param make Returns a new row: `{node, fill(item)}`.
   * @param open Called with the id of the chosen entry.
   */
  constructor(label, make, open) {
    this.make = make;
    this.open = open;
    this.items = [];
    this.rows = [];
    this.selected = null;
    this.sizer = el("div", { class: "sizer", role: "presentation" });
    this.node = el("div", { class: "feed", role: "listbox", tabindex: "0", "aria-label": label }, this.sizer);
    this.node.addEventListener("scroll", () => this.draw(), { passive: true });
    this.node.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.choose(Number(row.dataset.id), true);
    });
    this.node.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.resized()).observe(this.node);
    this.resized();
  }

  resized() {
    this.height = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row")) || 34;
    this.visible = this.node.clientHeight;
    this.draw();
  }

  /** Show other entries, newest first; `added` is the number of new ones at the top. */
  show(items, added = 0) {
    this.items = items;
    const top = this.node.scrollTop;
    this.sizer.style.height = `${items.length * this.height}px`;
    // A reader who has scrolled keeps the same rows in view.
    if (added && top > this.height) this.node.scrollTop = top + added * this.height;
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.node.scrollTop / this.height) - EXTRA);
    const last = Math.min(this.items.length, Math.ceil((this.node.scrollTop + this.visible) / this.height) + EXTRA);
    const needed = Math.max(0, last - first);
    while (this.rows.length < needed) {
      const row = this.make();
      row.node.setAttribute("role", "option");
      this.rows.push(row);
      this.sizer.append(row.node);
    }
    let active = null;
    for (const [at, row] of this.rows.entries()) {
      const item = at < needed ? this.items[first + at] : null;
      if (row.node.hidden !== (item === null)) row.node.hidden = item === null;
      if (item === null) {
        row.node.removeAttribute("id"); // another row may show its entry now
        row.item = null;
        continue;
      }
      const chosen = item.id === this.selected;
      const id = `entry-${item.id}`;
      if (row.item !== item || row.revision !== item.revision) {
        row.fill(item);
        row.node.dataset.id = item.id;
        row.node.id = id;
        row.item = item;
        row.revision = item.revision;
      }
      const place = `translateY(${(first + at) * this.height}px)`;
      if (row.place !== place) row.node.style.transform = row.place = place;
      const state = String(chosen);
      if (row.state !== state) row.node.setAttribute("aria-selected", (row.state = state));
      const position = `${first + at + 1}/${this.items.length}`;
      if (row.position !== position) {
        row.position = position;
        row.node.setAttribute("aria-posinset", first + at + 1);
        row.node.setAttribute("aria-setsize", this.items.length);
      }
      if (chosen) active = id;
    }
    if (active === this.active) return;
    this.active = active;
    if (active) this.node.setAttribute("aria-activedescendant", active);
    else this.node.removeAttribute("aria-activedescendant");
  }

  /** Select an entry, and scroll to it; `open` shows its detail. */
  choose(id, open = false) {
    this.selected = id;
    const at = this.items.findIndex((item) => item.id === id);
    if (at >= 0) {
      const top = at * this.height;
      if (top < this.node.scrollTop) this.node.scrollTop = top;
      else if (top + this.height > this.node.scrollTop + this.visible) {
        this.node.scrollTop = top + this.height - this.visible;
      }
    }
    this.draw();
    if (open) this.open(id);
  }

  step(by) {
    if (!this.items.length) return;
    const at = this.items.findIndex((item) => item.id === this.selected);
    const next = Math.max(0, Math.min(this.items.length - 1, at < 0 ? 0 : at + by));
    this.choose(this.items[next].id);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.visible / this.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.items.length, End: this.items.length };
    if (event.key in steps) this.step(steps[event.key]);
    else if (event.key === "Enter" && this.selected !== null) this.open(this.selected);
    else return;
    event.preventDefault();
  }
}
