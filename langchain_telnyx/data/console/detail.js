// One request: its messages, bodies and headers, and code that repeats it.

import { read, send } from "./api.js";
import { bytes, clock, copy, count, dollars, duration, el, icon, pill, plural, toast } from "./dom.js";
import { jsonText } from "./json.js";
import { message } from "./messages.js";
import { statusOf } from "./requests.js";

const CODES = { curl: "as curl", python: "as Python", test: "as a test" };

export class Detail {
  constructor(node, close) {
    this.node = node;
    this.close = close;
    this.item = null;
    this.tab = "";
  }

  async load(id) {
    this.selected = id;
    try {
      const [item, more] = await Promise.all([
        send(`/_emulator/requests/${id}`).then((answer) => answer.json()),
        read(`requests/${id}`),
      ]);
      if (this.selected !== id) return;
      const before = this.item?.id;
      this.item = item;
      this.more = more;
      this.draw(before !== id);
    } catch (error) {
      if (this.selected !== id) return;
      this.item = { id };
      this.node.replaceChildren(el("div", { class: "detail" },
        el("p", { text: error.status === 404 ? "This request is no longer in the log." : error.message })));
    }
  }

  async copyAs(name, id) {
    if (!id) return;
    try {
      const { code } = this.item?.id === id && this.more ? this.more : await read(`requests/${id}`);
      if (code.error) toast(code.error, true);
      else await copy(code[name], CODES[name]);
    } catch (error) {
      toast(error.message, true);
    }
  }

  draw(isNew) {
    const { item, more } = this;
    const code = more.code;
    const facts = [
      pill(statusOf(item), item.status === null || item.status >= 500 ? "bad" : item.status >= 400 ? "warn" : "good"),
      item.duration_ms === null ? "running" : duration(item.duration_ms / 1000),
      clock(Date.parse(item.received_at) / 1000),
      item.model,
      item.tokens && `${count(item.tokens.prompt)} prompt + ${count(item.tokens.completion)} answer tokens`,
      item.tokens?.cached ? `${count(item.tokens.cached)} cached` : null,
      item.cost_usd === null ? null : dollars(item.cost_usd),
    ].filter(Boolean);
    const buttons = Object.entries(CODES).map(([name, text]) => el("button", {
      type: "button", class: "button", disabled: Boolean(code.error), title: code.error ?? `Copy ${text}`,
      "data-copy": name, text: `Copy ${text}`, on: { click: () => this.copyAs(name, item.id) },
    }));
    const head = el("div", { class: "detail-head" },
      el("div", { class: "line top-line" },
        el("h2", { text: `${item.method} ${item.path}${item.query ? `?${item.query}` : ""}` }),
        el("button", { type: "button", class: "ghost", "aria-label": "Close the request", title: "Close (Esc)", on: { click: this.close } }, icon("close"))),
      el("div", { class: "line soft" }, facts.map((fact) => (typeof fact === "string" ? el("span", { text: fact }) : fact))),
      el("div", { class: "line" }, buttons));
    const views = this.views();
    const names = Object.keys(views);
    if (!names.includes(this.tab)) this.tab = names[0];
    const body = el("div", { role: "tabpanel", id: "detail-panel", "aria-labelledby": `tab-${this.tab}` });
    const tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Parts of the request" });
    const show = (name, focus) => {
      this.tab = name;
      for (const tab of tabs.children) {
        const chosen = tab.id === `tab-${name}`;
        tab.setAttribute("aria-selected", String(chosen));
        tab.tabIndex = chosen ? 0 : -1;
        if (chosen && focus) tab.focus();
      }
      body.setAttribute("aria-labelledby", `tab-${name}`);
      body.replaceChildren(...views[name]());
    };
    tabs.append(...names.map((name) => el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "detail-panel", text: name, on: { click: () => show(name) } })));
    tabs.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (by) show(names[(names.indexOf(this.tab) + by + names.length) % names.length], true);
    });
    const top = this.node.scrollTop;
    this.node.replaceChildren(head, el("div", { class: "detail" }, tabs, body));
    show(this.tab);
    this.node.scrollTop = isNew ? 0 : top;
  }

  /** The tabs: functions that return elements. */
  views() {
    const { item, more } = this;
    const views = {};
    const sent = item.request_body.encoding === "json" ? item.request_body.content : null;
    if (Array.isArray(sent?.messages)) views.Messages = () => [conversation(sent, more.answer, item)];
    views.Request = () => [bodyOf(item.request_body, "request")];
    views.Response = () => [item.status === null ? el("p", { class: "soft", text: "No response was sent." }) : bodyOf(item.response_body, "response")];
    views.Headers = () => [
      el("h3", { text: "Request" }), headers(item.request_headers),
      el("h3", { text: "Response" }), headers(item.response_headers),
    ];
    if (item.scripted?.length || item.near_misses?.length) views.Script = () => scriptOf(item);
    views.Code = () => (more.code.error
      ? [el("p", { class: "soft", text: more.code.error })]
      : Object.entries(CODES).flatMap(([name, text]) => [el("h3", { text: text.replace(/^as (a )?/, "") }), el("pre", { text: more.code[name], class: "spaced-below" })]));
    return views;
  }
}

function conversation(sent, answer, item) {
  const list = el("div", { class: "messages" });
  for (const each of sent.messages) list.append(message(each));
  if (answer) {
    list.append(message({ role: "assistant", content: answer.text, calls: answer.tool_calls }, `answer · ${answer.finish_reason || "not finished"}`));
  } else if (item.status >= 400) {
    const errors = item.response_body.content?.errors ?? [];
    list.append(message({ role: "failed", content: errors.map((error) => error.detail).join("\n") || `HTTP ${item.status}` }));
  }
  if (sent.tools?.length) list.append(el("details", {}, el("summary", { text: plural(sent.tools.length, "tool") }), jsonText(sent.tools)));
  return list;
}

/** The scripted answers and faults that a request used, and those that it nearly used. */
function scriptOf(item) {
  return [
    el("h3", { text: "Used" }),
    item.scripted.length ? el("ul", { class: "queue" }, item.scripted.map((text) => el("li", { text }))) : el("p", { class: "soft", text: "Nothing that was scripted." }),
    item.near_misses.length ? el("h3", { text: "Not used", class: "spaced" }) : null,
    el("div", { class: "stack" }, item.near_misses.map((missed) => el("div", { class: "card" }, el("code", { text: missed.script }), el("ul", { class: "soft" }, missed.reasons.map((text) => el("li", { text })))))),
  ].filter(Boolean);
}

function bodyOf(body, what) {
  if (!body.size) return el("p", { class: "soft", text: `The ${what} has no body.` });
  const note = body.truncated ? `The first part of ${bytes(body.size)}` : bytes(body.size);
  let shown;
  if (body.encoding === "json") shown = jsonText(body.content);
  else if (body.encoding === "base64") shown = el("pre", { text: hex(body.content) });
  else shown = el("pre", { text: body.content });
  const text = body.encoding === "json" ? JSON.stringify(body.content, null, 2) : body.content;
  return el("div", { class: "stack" },
    el("div", { class: "line soft" }, el("span", { text: note }), el("span", { class: "grow" }),
      el("button", { type: "button", class: "ghost", text: "Copy body", on: { click: () => copy(text, `the ${what}'s body`) } })),
    shown);
}

function hex(base64) {
  const data = atob(base64.slice(0, 1368));
  const lines = [];
  for (let at = 0; at < data.length; at += 16) {
    const part = [...data.slice(at, at + 16)];
    const codes = part.map((each) => each.charCodeAt(0).toString(16).padStart(2, "0")).join(" ");
    const text = part.map((each) => (each >= " " && each <= "~" ? each : "·")).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${codes.padEnd(48)} ${text}`);
  }
  return lines.join("\n");
}

function headers(values) {
  const list = el("dl", { class: "facts headers" });
  for (const [name, value] of Object.entries(values).sort()) {
    list.append(el("dt", { text: name }), el("dd", { text: value }));
  }
  return list;
}
