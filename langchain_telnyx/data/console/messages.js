// Messages of chats, conversations and calls.

import { el } from "./dom.js";
import { jsonText } from "./json.js";

/** Return a message; `calls` are tool calls with `name` and `arguments`. */
export function message(given, note = "", when = "") {
  const role = String(given.role ?? "?");
  const known = ["system", "user", "assistant", "tool", "caller", "agent", "failed"].includes(role) ? role : "";
  const calls = given.calls ?? (Array.isArray(given.tool_calls) ? given.tool_calls.map((call) => call?.function ?? {}) : []);
  return el("div", { class: `message ${known}` },
    el("div", { class: "who" }, el("span", { text: role === "failed" ? "error" : role }), note && el("span", { text: note }), when && el("span", { class: "when", text: when })),
    el("div", { class: "text", text: textOf(given.content) }),
    toolCalls(calls));
}

/** Return the text of a message's content; other parts by their type. */
export function textOf(content) {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return content ? JSON.stringify(content) : "";
  return content.map((part) => part?.text ?? `[${part?.type ?? typeof part}]`).join("\n");
}

export function toolCalls(calls) {
  return calls.map((call) => {
    let shown;
    try {
      shown = jsonText(typeof call.arguments === "string" ? JSON.parse(call.arguments || "{}") : call.arguments);
    } catch {
      shown = el("pre", { text: String(call.arguments) });
    }
    return el("div", { class: "tool-call" }, el("span", { class: "pill info", text: `calls ${call.name ?? "?"}` }), shown);
  });
}
