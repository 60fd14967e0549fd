// Shortcuts of one key, and the overlay that lists them. They can be turned off.

import { dialogHeader, el } from "./dom.js";

const SHORTCUTS = [
  [["1", "…", "8"], "Show a panel"],
  [["/"], "Go to the search of the panel"],
  [["j", "k"], "Next and previous entry"],
  [["Enter"], "Open the entry"],
  [["Esc"], "Close the detail"],
  [["c"], "Copy the request as curl"],
  [["y"], "Copy the request as Python"],
  [["u"], "Copy the request as a test"],
  [["p"], "Pause or resume the list of requests"],
  [["t"], "Change the theme"],
  [["?"], "Show this help"],
];
let enabled = stored() !== "off";

function stored() {
  try {
    return localStorage.getItem("console-shortcuts");
  } catch {
    return null;
  }
}

/** Call the actions of the pressed keys. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      if (typing) typing.blur();
      else actions.active().escape?.();
      return;
    }
    if (typing || !enabled) return;
    const panel = actions.active();
    const index = "12345678".indexOf(event.key);
    const handlers = {
      "?": help,
      "/": actions.search,
      t: actions.theme,
      j: () => step(panel, 1),
      k: () => step(panel, -1),
      p: () => panel.pause?.(),
      c: () => panel.copyAs?.("curl"),
      y: () => panel.copyAs?.("python"),
      u: () => panel.copyAs?.("test"),
    };
    const handler = index >= 0 ? () => actions.panel(index) : handlers[event.key];
    if (!handler) return;
    event.preventDefault();
    handler();
  });
}

/** Move among the entries of a panel: its own list, or its links. */
function step(panel, by) {
  if (panel.step) {
    panel.step(by);
    return;
  }
  const links = [...document.querySelectorAll(".panel:not([hidden]) .entries a")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement.closest(".entries a"));
  links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))].focus();
}

export function help() {
  const dialog = document.getElementById("help");
  const list = el("dl", { class: "keys" });
  for (const [keys, text] of SHORTCUTS) {
    list.append(el("dt", {}, keys.map((key) => (key === "…" ? "…" : el("kbd", { text: key })))), el("dd", { text }));
  }
  const box = el("input", { type: "checkbox", id: "help-enabled" });
  box.checked = enabled;
  box.addEventListener("change", () => {
    enabled = box.checked;
    try {
      localStorage.setItem("console-shortcuts", enabled ? "on" : "off");
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
  });
  const toggle = el("p", { class: "line spaced" }, box, el("label", { for: "help-enabled", text: "Shortcuts of one key" }));
  dialog.replaceChildren(dialogHeader(dialog, "help-title", "Keyboard shortcuts"), list, toggle);
  dialog.showModal();
}
