// A chat with the account's models; the answers stream.

import { account, events, read } from "./api.js";
import { count, dollars, duration, el, setText, toast } from "./dom.js";
import { message } from "./messages.js";

const PATH = "/v2/ai/openai/chat/completions";
const DEFAULT = "moonshotai/Kimi-K2.6";

let history = [];
let view = null;
let stop = null;
let prices = new Map();

async function ask() {
  const text = view.input.value.trim();
  if (!text || stop) return;
  view.input.value = "";
  view.hint.hidden = true;
  history.push({ role: "user", content: text });
  view.thread.append(message({ role: "user", content: text }));
  const shown = message({ role: "assistant", content: "" });
  const [who, words] = [shown.querySelector(".who"), shown.querySelector(".text")];
  view.thread.append(shown);
  view.thread.scrollTop = view.thread.scrollHeight;
  const facts = el("span", { class: "soft", text: "…" });
  who.append(facts);
  stop = new AbortController();
  busy(true);
  const began = performance.now();
  const answer = { text: "", first: null, usage: null, calls: [], finish: "" };
  try {
    await stream(answer, () => {
      // Only the end is read aloud: see `announce`.
      setText(words, answer.text);
      const near = view.thread.scrollHeight - view.thread.scrollTop - view.thread.clientHeight < 120;
      if (near) view.thread.scrollTop = view.thread.scrollHeight;
    });
    if (!answer.finish) throw new Error("The stream ended before the answer was complete.");
  } catch (error) {
    if (error.name === "AbortError") answer.finish = "stopped";
    else {
      shown.after(message({ role: "failed", content: error.message }));
      setText(view.announce, error.message);
      answer.finish ||= "failed";
    }
  }
  const seconds = (performance.now() - began) / 1000;
  if (answer.calls.length) shown.replaceWith(message({ role: "assistant", content: answer.text, calls: answer.calls }, summary(answer, seconds)));
  else if (answer.text) setText(facts, summary(answer, seconds));
  else shown.remove();
  if (answer.text || answer.calls.length) {
    history.push({ role: "assistant", content: answer.text });
    setText(view.announce, answer.text);
  }
  stop = null;
  busy(false);
  view.thread.scrollTop = view.thread.scrollHeight;
  view.input.focus();
}

async function stream(answer, changed) {
  const began = performance.now();
  const body = {
    model: view.model.value,
    messages: [...(view.system.value.trim() ? [{ role: "system", content: view.system.value.trim() }] : []), ...history],
    stream: true,
    stream_options: { include_usage: true },
  };
  if (view.bucket.value) body.tools = [{ type: "retrieval", retrieval: { bucket_ids: [view.bucket.value] } }];
  const response = await account("POST", PATH, body, { signal: stop.signal });
  for await (const { data } of events(response)) {
    if (data === "[DONE]") return;
    const chunk = JSON.parse(data);
    if (chunk.errors) throw new Error(chunk.errors.map((error) => error.detail).join(" "));
    if (chunk.usage) answer.usage = chunk.usage;
    const choice = chunk.choices?.[0];
    if (!choice) continue;
    if (choice.finish_reason) answer.finish = choice.finish_reason;
    for (const call of choice.delta?.tool_calls ?? []) {
      const found = (answer.calls[call.index ?? 0] ??= { name: "", arguments: "" });
      found.name += call.function?.name ?? "";
      found.arguments += call.function?.arguments ?? "";
    }
    if (!choice.delta?.content) continue;
    answer.first ??= (performance.now() - began) / 1000;
    answer.text += choice.delta.content;
    changed();
  }
}

function summary(answer, seconds) {
  const facts = [answer.finish];
  if (answer.first !== null) facts.push(`first token ${duration(answer.first)}`);
  facts.push(duration(seconds));
  if (answer.usage) {
    const { prompt_tokens: prompt, completion_tokens: completion, prompt_tokens_details: details } = answer.usage;
    facts.push(`${count(prompt)} → ${count(completion)} tokens`);
    const price = prices.get(view.model.value);
    const cached = details?.cached_tokens ?? 0;
    if (price) facts.push(dollars(((prompt - cached) * price.prompt + cached * price.cached + completion * price.completion) / 1e6));
  }
  return facts.filter(Boolean).join(" · ");
}

function busy(on) {
  view.send.hidden = on;
  view.stop.hidden = !on;
}

function reset() {
  stop?.abort();
  history = [];
  view.thread.replaceChildren(view.hint);
  view.hint.hidden = false;
  view.input.focus();
}

async function options() {
  try {
    const [models, buckets] = await Promise.all([read("models"), read("buckets")]);
    const chats = models.filter((model) => model.task === "chat");
    prices = new Map(chats.filter((model) => model.price).map((model) => [model.id, model.price]));
    fill(view.model, chats.map((model) => [model.id, model.id]), DEFAULT);
    const embedded = buckets.filter((bucket) => bucket.embedding);
    fill(view.bucket, [["", "No documents"], ...embedded.map((bucket) => [bucket.name, `Documents: ${bucket.name}`])], "");
  } catch (error) {
    toast(error.message, true);
  }
}

function fill(select, choices, fallback) {
  const text = JSON.stringify(choices);
  if (text === select.dataset.choices) return; // an open list stays open
  select.dataset.choices = text;
  const chosen = select.value || fallback;
  select.replaceChildren(...choices.map(([value, text]) => el("option", { value, text })));
  select.value = choices.some(([value]) => value === chosen) ? chosen : choices[0]?.[0] ?? "";
}

function start(panel) {
  const model = el("select", { "aria-label": "Model" });
  const bucket = el("select", { "aria-label": "Documents" });
  const system = el("input", { "aria-label": "System message", placeholder: "System message (optional)", class: "full" });
  const input = el("textarea", { rows: 2, "aria-label": "Message", placeholder: "Message. Enter sends, Shift+Enter starts a line.", "data-search": true });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    ask();
  });
  const send = el("button", { class: "primary", text: "Send" });
  const stopButton = el("button", { type: "button", class: "button", text: "Stop", hidden: true, on: { click: () => stop?.abort() } });
  const form = el("form", { class: "composer" }, system, el("div", { class: "line" }, input, send, stopButton));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  const hint = el("div", { class: "empty" },
    el("h2", { text: "Ask the emulated model" }),
    el("p", { text: "It is deterministic, and not a language model: it quotes documents, calls tools, and uses the answers of the Script panel first. Every message is a request in the Requests panel." }));
  const thread = el("div", { class: "thread messages", role: "region", "aria-label": "Conversation", tabindex: "0" }, hint);
  const announce = el("div", { class: "hidden-text", role: "status" });
  view = { model, bucket, system, input, send, stop: stopButton, thread, hint, announce };
  panel.append(
    el("div", { class: "bar" }, el("h1", { id: "title-chat", text: "Chat" }), model, bucket, el("span", { class: "grow" }),
      el("button", { type: "button", class: "button", text: "New chat", on: { click: reset } })),
    thread, announce, form);
}

export const chat = {
  start,
  show(_, moved) {
    options();
    if (moved && matchMedia("(hover: hover)").matches) view.input.focus();
  },
  changed: options,
  escape: () => stop?.abort(),
};
