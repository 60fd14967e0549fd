// Conversations: messages and insights.

import { command, read } from "./api.js";
import { debounced, el, empty, kindOf, moment, pill, plural, toast } from "./dom.js";
import { Entries } from "./entries.js";
import { jsonOrText } from "./json.js";
import { message } from "./messages.js";

let entries = null;
let search = null;

const WORST = ["failed", "pending", "in_progress", "completed"];

function insightState(conversation) {
  const states = conversation.insights?.split(",") ?? [];
  const worst = WORST.find((each) => states.includes(each)) ?? states[0];
  if (worst) return pill(worst === "completed" ? "insights" : `insights ${worst}`, kindOf(worst));
  return conversation.ended_at ? pill("ended") : pill("open", "info");
}

function nameOf(conversation) {
  const { metadata } = conversation;
  return conversation.name || metadata.telnyx_end_user_target || metadata.title || conversation.id;
}

async function detail(id) {
  const found = await read(`conversations/${encodeURIComponent(id)}`);
  if (entries.id !== id || entries.same(found)) return;
  const end = el("button", { type: "button", class: "button", text: "End it", title: "End the conversation, and start its insights", on: { click: async () => {
    try {
      await command("end-conversation", { conversation_id: id });
      await entries.open(id);
    } catch (error) {
      toast(error.message, true);
    }
  } } });
  const facts = el("dl", { class: "facts" });
  const rows = { id, started: moment(found.created_at), ended: found.ended_at && moment(found.ended_at), ...found.metadata };
  for (const [name, value] of Object.entries(rows)) {
    if (value) facts.append(el("dt", { text: name }), el("dd", { text: String(value) }));
  }
  entries.draw(
    el("div", { class: "detail-head" }, el("div", { class: "line" }, entries.back(), el("h2", { text: nameOf(found) }), found.ended_at ? null : end)),
    el("div", { class: "detail stack" }, facts, el("h3", { text: "Insights" }), insightsOf(found),
      el("h3", { text: "Messages" }),
      el("div", { class: "messages" }, found.messages.map((each) => message({ role: each.role, content: each.content, tool_calls: each.details.tool_calls }, "", moment(each.at)))),
      found.messages.length ? null : el("p", { class: "soft", text: "No messages." })));
}

function insightsOf(found) {
  if (!found.insights.length) {
    return el("p", { class: "soft", text: found.ended_at ? "No insight group applied when the conversation ended." : "Insights are computed when the conversation ends." });
  }
  return el("div", { class: "stack" }, found.insights.map((run) => el("div", { class: "card stack" },
    el("div", { class: "line" }, el("strong", { text: run.group }), pill(run.status, kindOf(run.status)), el("span", { class: "grow" }), el("span", { class: "soft", text: moment(run.created_at) })),
    run.results.map((result) => el("div", {}, el("div", { class: "soft", text: result.name }), jsonOrText(result.result))))));
}

function start(panel) {
  search = el("input", { type: "search", placeholder: "Filter: name, metadata, words", "aria-label": "Filter conversations", "data-search": true });
  entries = new Entries({
    panel: "conversations", label: "Conversations", detail,
    read: () => read(`conversations?containing=${encodeURIComponent(search.value.trim())}`),
    link: (each) => ({ id: each.id, name: nameOf(each), state: insightState(each), meta: `${plural(each.messages, "message")} · ${moment(each.last_message_at)}${each.metadata.telnyx_conversation_channel ? ` · ${each.metadata.telnyx_conversation_channel.replaceAll("_", " ")}` : ""}` }),
    none: () => empty("No conversations", "They come from the API, from assistants, and from the phone simulator."),
  });
  search.addEventListener("input", debounced(200, () => entries.load()));
  panel.append(el("div", { class: "bar" }, el("h1", { id: "title-conversations", text: "Conversations" }), search), entries.node);
}

export const conversations = {
  start,
  show(rest) {
    entries.load();
    entries.open(rest);
  },
  changed() {
    entries.load();
    entries.open(entries.id);
  },
  escape: () => entries.escape(),
};
