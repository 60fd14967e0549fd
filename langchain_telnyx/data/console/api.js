// Requests to the emulator. The key, which only other machines need, stays in a variable.

import { dialogHeader, el } from "./dom.js";

const CONSOLE = "/_emulator/console";
let key = "";
let asking = null;

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Send a request, and ask for the key where one is needed. Raises `Refused`. */
export async function send(path, options = {}) {
  const headers = { ...options.headers };
  if (key) headers.authorization = `Bearer ${key}`;
  const answer = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  if (answer.status === 401 && answer.headers.get("www-authenticate") === "Bearer") {
    await askForKey();
    return send(path, options);
  }
  if (!answer.ok) throw new Refused(answer.status, await reason(answer));
  return answer;
}

/** Read what the page shows. */
export async function read(path, signal) {
  return (await send(`${CONSOLE}/${path}`, { signal })).json();
}

/** Send a request to the account: the path of the API or of S3. */
export function account(method, path, body, options = {}) {
  const isJson = body !== undefined && !(body instanceof Blob);
  return send(`${CONSOLE}/account${path}`, {
    method,
    body: isJson ? JSON.stringify(body) : body,
    headers: isJson ? { "content-type": "application/json" } : {},
    ...options,
  });
}

/** Send a command of the control plane. */
export async function command(name, body = {}, method = "POST") {
  const answer = await send(`/_emulator/${name}`, {
    method,
    body: method === "GET" ? undefined : JSON.stringify(body),
    headers: method === "GET" ? {} : { "content-type": "application/json" },
  });
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

/** Yield the events of a stream: `{event, data, id}`. */
export async function* events(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const parts = rest.split(/\r?\n\r?\n/);
    rest = parts.pop();
    for (const part of parts) {
      const event = { event: "message", data: "", id: "" };
      for (const line of part.split(/\r?\n/)) {
        const colon = line.indexOf(":");
        const name = colon < 0 ? line : line.slice(0, colon);
        const text = line.slice(colon + 1).replace(/^ /, "");
        if (name === "data") event.data += (event.data && "\n") + text;
        else if (name === "event" || name === "id") event[name] = text;
      }
      if (event.data) yield event;
    }
  }
}

async function reason(answer) {
  const text = await answer.text();
  try {
    const body = JSON.parse(text);
    if (body.errors) return body.errors.map((error) => error.detail || error.title).join(" ");
    if (Array.isArray(body.detail)) {
      return body.detail.map((item) => `${(item.loc ?? []).slice(1).join(".")}: ${item.msg}`).join("; ");
    }
    if (body.detail) return String(body.detail);
  } catch {
    const message = /<Message>([^<]*)</.exec(text);
    if (message) return message[1];
  }
  return text.slice(0, 300) || `HTTP ${answer.status}`;
}

function askForKey() {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById("key");
    const input = el("input", { type: "password", id: "key-input", autocomplete: "off", required: true, class: "full" });
    const form = el("form", { method: "dialog", class: "stack" },
      el("p", { text: "This emulator runs on another machine. Its API key is needed; it stays in this page's memory only." }),
      el("label", { for: "key-input", text: "API key" }), input,
      el("button", { class: "primary", text: "Connect" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      key = input.value.trim();
      input.value = "";
      asking = null;
      dialog.close();
      resolve();
    });
    dialog.replaceChildren(dialogHeader(dialog, "key-title", "Connect"), form);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.showModal();
    input.focus();
  });
  return asking;
}
