// Calls of the phone simulator: who said what, and how long the caller waited.

import { read } from "./api.js";
import { duration, el, empty, moment, pill, plural } from "./dom.js";
import { Entries } from "./entries.js";
import { jsonText } from "./json.js";

const EXAMPLE = `from langchain_telnyx.emulator import TelnyxEmulator

with TelnyxEmulator(port=8787) as telnyx:
    telnyx.call(agent, ["Hello", "What do you cost?"])
    input("See http://127.0.0.1:8787/#/calls ")`;

let entries = null;
let seen = 0;

function state(call) {
  if (call.error) return pill("failed", "bad");
  return call.ended_at ? pill(call.ended_by === "agent" ? "agent hung up" : "ended") : pill("in progress", "warn");
}

async function detail(id) {
  const found = await read(`calls/${encodeURIComponent(id)}`);
  if (entries.id !== id || entries.same(found)) return;
  const slowest = Math.max(...found.turn_list.map((turn) => turn.first_token ?? 0), 0.001);
  entries.draw(
    el("div", { class: "detail-head" },
      el("div", { class: "line" }, entries.back(), el("h2", { text: `${found.caller} → ${found.callee}` }), state(found)),
      el("div", { class: "line soft" }, el("span", { text: found.door === "relay" ? "Conversation Relay" : "Assistant with a custom LLM" }),
        el("span", { text: moment(found.started_at) }), el("span", { text: plural(found.turns, "turn") }),
        found.slowest_first_token === null ? null : el("span", { text: `slowest first token ${duration(found.slowest_first_token)}` }),
        el("a", { href: `#/conversations/${encodeURIComponent(found.conversation_id)}`, text: "Conversation" }))),
    el("div", { class: "detail stack" },
      found.error ? el("p", { class: "message failed", text: found.error }) : null,
      found.errors.length ? el("ul", { class: "stack" }, found.errors.map((error) => el("li", { class: "message failed", text: error }))) : null,
      el("div", { class: "messages" }, found.turn_list.map((turn) => turnOf(turn, slowest))),
      found.actions.length ? el("h3", { text: "Actions" }) : null,
      found.actions.map((action) => jsonText(action))));
}

function turnOf(turn, slowest) {
  const isAgent = turn.speaker === "agent";
  const cut = isAgent && turn.heard !== turn.text;
  const bar = el("div", { class: "latency" });
  bar.style.width = `${Math.max(2, ((turn.first_token ?? 0) / slowest) * 100)}%`;
  const times = [
    turn.first_token !== null && `first token ${duration(turn.first_token)}`,
    turn.first_word !== null && `first word ${duration(turn.first_word)}`,
    turn.barge_in !== null && `interrupted; silent after ${duration(turn.barge_in)}`,
  ].filter(Boolean).join(" · ");
  return el("div", { class: `message ${turn.speaker}` },
    el("div", { class: "who" }, el("span", { text: turn.speaker }), el("span", { text: times })),
    el("div", { class: "text", text: turn.text || (turn.digits ? `pressed ${turn.digits}` : "") }),
    cut ? el("div", { class: "soft", text: `The caller heard: “${turn.heard}”` }) : null,
    turn.first_token === null ? null : bar);
}

function start(panel) {
  entries = new Entries({
    panel: "calls", label: "Calls", detail,
    read: () => read("calls"),
    link: (call) => ({ id: String(call.number), name: `${call.caller} → ${call.callee}`, state: state(call), meta: `${plural(call.turns, "turn")} · ${moment(call.started_at)}` }),
    none: () => empty("No calls", "The phone simulator calls an agent without a phone, from Python:", el("pre", { text: EXAMPLE })),
  });
  panel.append(el("div", { class: "bar" }, el("h1", { id: "title-calls", text: "Calls" })), entries.node);
}

export const calls = {
  start,
  show(rest) {
    entries.load();
    entries.open(rest);
  },
  /** A running call changes without a change of what is stored. */
  overview(found) {
    if (!entries || document.getElementById("panel-calls").hidden) return;
    if (!found.counts.calls && !seen) return;
    seen = found.counts.calls;
    entries.load();
    entries.open(entries.id);
  },
  escape: () => entries.escape(),
};
