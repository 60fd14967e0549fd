// A list of links on the left, and the detail of one on the right.

import { el, icon, toast } from "./dom.js";

export class Entries {
  /**
   * @param panel The panel's name, in addresses.
   * @param label What the list contains.
   * @param read Returns the entries.
   * @param link Returns `{id, name, state, meta}` of an entry; `state` is an element or null.
   * @param none Returns what is shown if there are none.
   * @param detail Called with an id; it draws the detail.
   */
  constructor({ panel, label, read, link, none, detail }) {
    Object.assign(this, { panel, read, link, detail });
    this.list = el("ul", { class: "entries", "aria-label": label });
    this.none = none();
    this.none.hidden = true;
    this.right = el("div", { class: "right", role: "region", "aria-label": "Detail", tabindex: "0" });
    this.node = el("div", { class: "split fixed" },
      el("div", { class: "left" }, el("div", { class: "scroll" }, this.list, this.none)), this.right);
    this.id = "";
  }

  async load() {
    try {
      const found = (await this.read()).map(this.link);
      this.none.hidden = found.length > 0;
      this.node.classList.toggle("vacant", found.length === 0);
      const focused = document.activeElement.closest?.("a")?.dataset.id;
      const text = JSON.stringify(found.map(({ state, ...rest }) => [rest, state?.textContent, state?.className]));
      if (text !== this.drawn) {
        this.drawn = text;
        this.list.replaceChildren(...found.map((entry) => el("li", {},
          el("a", { href: `#/${this.panel}/${encodeURIComponent(entry.id)}`, "data-id": entry.id },
            el("span", { class: "name" }, el("span", { text: entry.name }), entry.state),
            el("span", { class: "meta", text: entry.meta })))));
        if (focused) this.link_(focused)?.focus();
      }
      this.mark();
    } catch (error) {
      toast(error.message, true);
    }
  }

  /** Show the detail of an entry, or none. */
  async open(id) {
    if (id !== this.id) this.right.scrollTop = 0;
    this.id = id;
    this.node.classList.toggle("open", Boolean(id));
    this.mark();
    if (!id) {
      this.shown = "";
      this.right.replaceChildren(el("p", { class: "empty", text: "Choose an entry of the list." }));
      return;
    }
    try {
      await this.detail(id);
    } catch (error) {
      this.shown = "";
      if (this.id === id) this.right.replaceChildren(el("div", { class: "detail" }, this.back(), el("p", { text: error.message })));
    }
  }

  /** Whether the detail was drawn from the same data before: then it stays, with its focus. */
  same(data) {
    const text = JSON.stringify([this.id, data]);
    if (text === this.shown) return true;
    this.shown = text;
    this.focused = document.activeElement; // a new detail may take it out of the old one
    return false;
  }

  /** Replace the detail; an element that is in both keeps the focus. */
  draw(...children) {
    this.right.replaceChildren(...children.filter(Boolean));
    if (this.focused !== document.activeElement && this.right.contains(this.focused)) this.focused.focus();
  }

  mark() {
    for (const link of this.list.querySelectorAll("a")) {
      if (link.dataset.id === this.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  link_(id) {
    return [...this.list.querySelectorAll("a")].find((link) => link.dataset.id === id);
  }

  /** A link to the list, where the screen has room for one of both. */
  back() {
    return el("a", { class: "ghost back", href: `#/${this.panel}`, "aria-label": "Back to the list" }, icon("back"), "Back");
  }

  escape() {
    const link = this.link_(this.id);
    location.hash = `#/${this.panel}`;
    link?.focus();
  }
}
