// JSON in colours, as text nodes.

import { el } from "./dom.js";

const LONGEST = 200_000;
const PARTS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Return a JSON value, indented and coloured. */
export function jsonText(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  const pre = el("pre", {});
  if (text.length > LONGEST) {
    pre.textContent = text;
    return pre;
  }
  let last = 0;
  for (const match of text.matchAll(PARTS)) {
    const kind = match[1] ? (match[2] ? "key" : "string") : match[3] ? "word" : "number";
    const part = match[1] ?? match[0];
    pre.append(text.slice(last, match.index), el("span", { class: `j-${kind}`, text: part }));
    last = match.index + part.length;
  }
  pre.append(text.slice(last));
  return pre;
}

/** Return text as coloured JSON if it is JSON, else as it is. */
export function jsonOrText(text) {
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null) return jsonText(value);
  } catch {
    // Prose.
  }
  return el("p", { class: "prose", text });
}
