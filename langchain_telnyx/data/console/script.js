// Scripted answers and faults, which the next requests use.

import { command } from "./api.js";
import { el, toast } from "./dom.js";

const FAULTS = [
  ["Rate limit: 429, retry after 1 s", "fail", { status: 429, retry_after: 1, optional: true }],
  ["429 three times", "fail", { status: 429, times: 3, retry_after: 0, optional: true }],
  ["Server error: 500", "fail", { status: 500, optional: true }],
  ["Unavailable: 503", "fail", { status: 503, optional: true }],
  ["Unauthorized: 401", "fail", { status: 401, optional: true }],
  ["Lost connection", "drop-connection", {}],
  ["Cut the next stream", "cut-stream", { after: 3 }],
  ["Stall the next stream for 5 s", "stall-stream", { after: 3, seconds: 5 }],
  ["Error within the next stream", "stream-error", { after: 3, status: 503 }],
];

let queue = null;
let none = null;
let drawn = "";
let inForce = null;

async function run(name, body, done) {
  try {
    await command(name, body);
    toast(done);
  } catch (error) {
    toast(error.message, true);
  }
}

function field(label, id, control) {
  control.id = id;
  return el("div", { class: "field" }, el("label", { for: id, text: label }), control);
}

function card(title, text, ...content) {
  return el("section", { class: "card stack" }, el("h2", { text: title }), el("p", { class: "soft", text }), content);
}

function form(title, text, fields, button, submit) {
  const made = el("form", { class: "stack" }, fields, el("div", {}, el("button", { class: "primary", text: button })));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  return card(title, text, made);
}

function answers() {
  const text = el("textarea", { rows: 4, required: true, "data-search": true });
  const when = el("input", { placeholder: "any request" });
  return form("Say", "The answer of the next chat request.",
    [field("Text", "say-text", text), field("Only if the last user message contains", "say-when", when)], "Script this answer",
    async () => {
      await run("say", { text: text.value, optional: true, ...(when.value ? { when: when.value } : {}) }, "The next chat request gets this answer");
      text.value = "";
    });
}

function toolCall() {
  const name = el("input", { required: true, placeholder: "weather", class: "mono" });
  const values = el("textarea", { rows: 3, class: "mono", placeholder: '{"city": "Oslo"}' });
  return form("Call a tool", "The next chat request gets this tool call. Arguments that are not JSON are sent as they are.",
    [field("Tool", "tool-name", name), field("Arguments", "tool-arguments", values)], "Script this call",
    () => run("call-tool", { name: name.value, arguments: values.value.trim() || {}, optional: true }, `The next chat request calls ${name.value}`));
}

function faults() {
  return card("Faults", "The next requests fail like this.", el("div", { class: "line" }, FAULTS.map(([text, name, body]) =>
    el("button", { type: "button", class: "button", text, on: { click: () => run(name, body, `Scripted: ${text}`) } }))));
}

function settings() {
  inForce = el("p", { class: "message failed", role: "status" });
  const share = el("input", { type: "number", min: 0, max: 100, step: 1, value: 0 });
  const delay = el("input", { type: "number", min: 0, max: 60, step: 0.1, value: 0 });
  return form("All requests", "Random faults and delays, until you change them.",
    [field("Percentage that fails at random", "flaky-share", share), field("Delay of each response, in seconds", "latency", delay), inForce], "Apply",
    async () => {
      await run("flaky", { share: Number(share.value) / 100 }, `${share.value || 0} % of the requests fail`);
      await run("latency", { seconds: Number(delay.value) }, `Responses are delayed by ${delay.value || 0} s`);
    });
}

function time() {
  const hours = el("input", { type: "number", step: "any", value: 1, required: true });
  return form("Clock", "Values of key-value storage and idempotency keys expire by the account's clock.",
    [field("Hours to advance", "clock-hours", hours)], "Advance",
    () => run("clock", { advance: Number(hours.value) * 3600 }, `The clock is ${hours.value} h later`));
}

function reset() {
  const sure = el("button", { type: "button", class: "button danger", text: "Delete everything" });
  let armed = null;
  const disarm = () => {
    clearTimeout(armed);
    armed = null;
    sure.textContent = "Delete everything";
  };
  sure.addEventListener("click", async () => {
    if (armed === null) {
      sure.textContent = "Press again to delete all data";
      armed = setTimeout(disarm, 4000);
      return;
    }
    disarm();
    await run("reset", {}, "The account is as at the start");
  });
  return card("Reset", "Unused answers and faults, or the whole account with its data.", el("div", { class: "line" },
    el("button", { type: "button", class: "button", text: "Delete the script", on: { click: () => run("reset", { areas: ["script"] }, "Nothing is scripted") } }), sure));
}

function start(panel) {
  queue = el("ol", { class: "queue" });
  none = el("p", { class: "soft", text: "Nothing is scripted: the model answers." });
  panel.append(
    el("div", { class: "bar" }, el("h1", { id: "title-script", text: "Script" }), el("span", { class: "soft", text: "Answers and faults for the next requests" })),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Answers, faults and settings" },
      el("div", { class: "grid" }, card("Waiting", "What no request has used yet.", queue, none), answers(), toolCall(), faults(), settings(), time(), reset())));
}

export const script = {
  start,
  show: () => {},
  overview(found) {
    const text = JSON.stringify([found.scripted, found.flaky, found.latency]);
    if (!queue || text === drawn) return;
    drawn = text;
    queue.replaceChildren(...found.scripted.map((call) => el("li", { text: call.left > 1 ? `${call.script} × ${call.left}` : call.script })));
    none.hidden = found.scripted.length > 0;
    const now = [found.flaky && `${+(found.flaky * 100).toFixed(2)} % of the requests fail`, found.latency && `each response is delayed by ${found.latency} s`].filter(Boolean);
    inForce.textContent = now.length ? `Now ${now.join(", and ")}.` : "";
  },
};
