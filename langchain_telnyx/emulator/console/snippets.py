"""A recorded request as code: a curl command, a Python program, a test.

The key is never part of it: the code reads it from the environment.
"""

import base64
import json
import math
import re
import shlex
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import quote

from langchain_telnyx.emulator.console.answers import answer
from langchain_telnyx.emulator.serving.request_record import RequestRecord
from langchain_telnyx.emulator.serving.script_matching import RequestView

CHAT = "/v2/ai/openai/chat/completions"
_WIDTH = 84
_INDENT = 4
# Headers that the client of the copied code sets itself, or that contain a credential.
_OWN_HEADERS = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "host",
        "origin",
        "referer",
        "transfer-encoding",
        "user-agent",
        "x-amz-date",
        "x-amz-security-token",
        "x-api-key",
    }
)
_OWN_PREFIXES = ("amz-sdk-", "sec-", "x-stainless-")
_DULL = {"accept": "*/*", "content-type": "application/json"}
"""Headers that say nothing, or that the client sets for JSON."""
# Requests whose answer does not depend on what the account contains.
_STATELESS = (
    CHAT,
    "/v2/ai/openai/models",
    "/v2/ai/openai/embeddings",
    "/v2/ai/openai/embeddings/models",
)
_CHAT_OPTIONS = ("temperature", "top_p", "max_tokens", "seed")
_CHAT_FIELDS = {"model", "messages", "stream", "stream_options", "tools", *_CHAT_OPTIONS}
_ROLES = {"system", "user", "assistant", "tool"}
_FIRST_ERROR = 400
_NO_KEY = (401, 403)
_LONGEST_NAME = 60


def snippets(record: RequestRecord) -> dict[str, str]:
    """Return a request as `curl`, `python` and `test`.

    Raises:
        ValueError: The log has only a part of the request's body.
    """
    if len(record.body) < record.size:
        raise ValueError(
            f"The log has only the first {len(record.body)} of {record.size} bytes of this body."
        )
    return {"curl": curl(record), "python": python(record), "test": test(record)}


def curl(record: RequestRecord) -> str:
    """Return a request as a shell command with curl."""
    on_api = _on_api(record)
    base = '"$TELNYX_BASE_URL"' if on_api else '"${TELNYX_BASE_URL%/v2}"'
    method = (
        []
        if record.method == "GET"
        else ["-I"]
        if record.method == "HEAD"
        else ["-X", record.method]
    )
    words = [" ".join(["curl", *method, base + shlex.quote(_target(record))])]
    if on_api:
        if _authorized(record):
            words.append('-H "Authorization: Bearer $TELNYX_API_KEY"')
    elif _authorized(record):
        words.append('--aws-sigv4 "aws:amz:us-central-1:s3"')
        words.append('--user "$TELNYX_API_KEY:$TELNYX_API_KEY"')
    words += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in _headers(record).items()]
    prefix = ""
    if record.body:
        text = _as_text(record.body)
        if text is None:
            prefix = f"base64 -d <<< {base64.b64encode(record.body).decode()} | "
            words.append("--data-binary @-")
        else:
            if _json_of(record) is not None:
                words.append("-H 'Content-Type: application/json'")
            words.append(f"--data-binary {shlex.quote(text)}")
    return prefix + " \\\n  ".join(words) + "\n"


def python(record: RequestRecord) -> str:
    """Return a request as a Python program, with `ChatTelnyx` if it can send it."""
    if chat := _chat(record):
        body = chat
        lines = ["from langchain_telnyx import ChatTelnyx", "", _model(body), ""]
        messages = _literal(body["messages"])
        if body.get("stream"):
            lines += [
                f"for chunk in model.stream({messages}):",
                '    print(chunk.text, end="", flush=True)',
            ]
        else:
            lines += [f"answer = model.invoke({messages})", "print(answer.text, answer.tool_calls)"]
        return "\n".join(lines) + "\n"
    lines = ["import os", "", "import httpx", "", 'key = os.environ["TELNYX_API_KEY"]']
    lines.append('base_url = os.environ["TELNYX_BASE_URL"]')
    lines += ["", _request(record), "print(response.status_code, response.text)"]
    return "\n".join(lines) + "\n"


def test(record: RequestRecord) -> str:
    """Return a request as a test for pytest, with the answer that was recorded."""
    if chat := _chat(record):
        return _chat_test(record, chat)
    words = re.findall("[a-z0-9]+", f"{record.method} {record.path.removeprefix('/v2')}".lower())
    name = "_".join(words)[:_LONGEST_NAME]
    lines = ["import httpx", "", "", f"def test_{name}(telnyx_emulator):"]
    body = ["key, base_url = telnyx_emulator.api_key, telnyx_emulator.base_url"]
    status = None if record.response is None else record.response.status
    if not _authorized(record):
        # Refused without a key; anything else depends on the account.
        status = status if status in _NO_KEY else None
    elif status is not None and status >= _FIRST_ERROR:
        body.append(f"telnyx_emulator.fail({status})")
    elif record.path not in _STATELESS:
        status = None
        body.append("# The account of a test is new: create here what the request needs.")
    body += ["", _request(record), ""]
    if status is not None:
        body.append(f"assert response.status_code == {status}")
    body += [
        "sent = telnyx_emulator.requests.last",
        f"assert (sent.method, sent.path) == ({_literal(record.method)}, {_literal(record.path)})",
    ]
    if _json_of(record) is not None:
        body.append(f"assert sent.json() == {_literal(_json_of(record))}")
    return "\n".join(lines) + "\n" + _indented("\n".join(body)) + "\n"


def _chat_test(record: RequestRecord, chat: Mapping[str, Any]) -> str:
    response = record.response
    found = None if response is None else answer(response)
    failed = response is not None and response.status >= _FIRST_ERROR
    imports, setup, asserts = ["from langchain_telnyx import ChatTelnyx"], [], []
    options = ["max_retries=0"] if failed else []
    send = f"answer = model.invoke({_literal(chat['messages'])})"
    if failed and response is not None:
        imports = [
            "import pytest",
            "",
            *imports,
            "from langchain_telnyx.errors import APIStatusError",
        ]
        setup.append(f"telnyx_emulator.fail({response.status})")
        send = (
            f"with pytest.raises(APIStatusError) as raised:\n{_indented(send.partition(' = ')[2])}"
        )
        asserts.append(f"assert raised.value.status == {response.status}")
    elif found is not None and found.tool_calls:
        calls = ", ".join(
            f"({_literal(name)}, {_literal(arguments)})" for name, arguments in found.tool_calls
        )
        setup.append(f"telnyx_emulator.script.call_tools({calls})")
        names = [name for name, _ in found.tool_calls]
        asserts.append(f'assert [call["name"] for call in answer.tool_calls] == {_literal(names)}')
    elif found is not None and found.text.strip():
        setup.append(f"telnyx_emulator.say({_literal(found.text)})")
        # Engines write tool calls and thoughts as markup, which `ChatTelnyx` takes out of the text.
        if not re.search(r"[<\[{|]", found.text):
            asserts.append(f"assert answer.text == {_literal(found.text)}")
    question = RequestView.of(dict(chat))
    asserts.append("sent = telnyx_emulator.requests.chat.last.json()")
    asserts.append(f'assert sent["model"] == {_literal(chat["model"])}')
    if (
        question is not None
        and question.question
        and isinstance(chat["messages"][-1].get("content"), str)
    ):
        asserts.append(
            f'assert sent["messages"][-1]["content"] == {_literal(chat["messages"][-1]["content"])}'
        )
    lines = [*setup, _model(chat, *options), "", send, "", *asserts]
    head = "\n".join([*imports, "", "", "def test_chat(telnyx_emulator):"])
    return f"{head}\n{_indented(chr(10).join(lines))}\n"


def _chat(record: RequestRecord) -> dict[str, Any] | None:
    """Return the body of a chat request that `ChatTelnyx` sends unchanged, else None."""
    body = _json_of(record)
    if record.path != CHAT or record.method != "POST" or not isinstance(body, dict):
        return None
    messages = body.get("messages")
    simple = (
        _authorized(record)
        and isinstance(body.get("model"), str)
        and body.keys() <= _CHAT_FIELDS
        and isinstance(messages, list)
        and bool(messages)
        and all(_is_simple(message) for message in messages)
        and all(_is_function(tool) for tool in body.get("tools") or [])
    )
    return body if simple else None


def _is_simple(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and message.get("role") in _ROLES
        and (isinstance(message.get("content"), str) or "tool_calls" in message)
    )


def _is_function(tool: Any) -> bool:
    return isinstance(tool, dict) and isinstance(tool.get("function"), dict)


def _model(body: Mapping[str, Any], *options: str) -> str:
    options = (
        f"model={_literal(body['model'])}",
        *(f"{name}={body[name]!r}" for name in _CHAT_OPTIONS if body.get(name) is not None),
        *options,
    )
    made = f"model = ChatTelnyx({', '.join(options)})"
    if not body.get("tools"):
        return made
    return f"{made}\nmodel = model.bind_tools({_literal(body['tools'])})"


def _request(record: RequestRecord) -> str:
    """Return the statement that sends a request by httpx; it uses `key` and `base_url`."""
    base = "base_url" if _on_api(record) else 'base_url.removesuffix("/v2")'
    headers = [f"{_literal(name)}: {_literal(value)}" for name, value in _headers(record).items()]
    if _authorized(record):
        scheme = (
            'f"Bearer {key}"'
            if _on_api(record)
            # Of S3's signature, Telnyx checks the key only.
            else 'f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-central-1/s3/aws4_request, '
            'SignedHeaders=host, Signature=0"'
        )
        headers.insert(0, f'"authorization": {scheme}')
    arguments = [_literal(record.method), f"{base} + {_literal(_target(record))}"]
    if headers:
        arguments.append("headers={" + ", ".join(headers) + "}")
    if (parsed := _json_of(record)) is not None:
        arguments.append(f"json={_literal(parsed)}")
    elif record.body:
        arguments.append(f"content={record.body!r}")
    arguments.append("timeout=60")
    return (
        "response = httpx.request(\n"
        + "".join(f"{_indented(argument)},\n" for argument in arguments)
        + ")"
    )


def _target(record: RequestRecord) -> str:
    path = record.path.removeprefix("/v2") if _on_api(record) else record.path
    path = quote(path, safe="/:@!$&'()*+,;=")
    query = re.sub(r"(?i)(token|signature|credential)=[^&]*", r"\1=…", record.query)
    return f"{path}?{query}" if query else path


def _headers(record: RequestRecord) -> dict[str, str]:
    has_json = _json_of(record) is not None
    return {
        name: value
        for name, value in record.headers.items()
        if name not in _OWN_HEADERS
        and not name.startswith(_OWN_PREFIXES)
        and not (_DULL.get(name) == value and (name != "content-type" or has_json))
    }


def _authorized(record: RequestRecord) -> bool:
    """Return whether a request had the account's key, which the log has replaced."""
    return "***" in record.headers.get("authorization", "")


def _on_api(record: RequestRecord) -> bool:
    return record.path.startswith("/v2/")


def _json_of(record: RequestRecord) -> Any:
    if "json" not in record.headers.get("content-type", "") or not record.body:
        return None
    try:
        # `NaN` is not valid JSON, and Python has no literal for it or for a number like 1e999.
        return json.loads(record.body, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(number: str) -> float:
    value = float(number)
    return value if math.isfinite(value) else _refuse(number)


def _as_text(body: bytes) -> str | None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _literal(value: Any, indent: int = 0) -> str:
    """Return a JSON value as Python, on several lines if it is long."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return repr(value)  # half of a surrogate pair
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        items = [
            f"{_literal(key)}: {_literal(item, indent + _INDENT)}" for key, item in value.items()
        ]
        return _joined("{", items, "}", indent)
    if isinstance(value, list):
        return _joined("[", [_literal(item, indent + _INDENT) for item in value], "]", indent)
    return repr(value)


def _joined(opening: str, items: list[str], closing: str, indent: int) -> str:
    line = f"{opening}{', '.join(items)}{closing}"
    if not items or (len(line) + indent <= _WIDTH and "\n" not in line):
        return line
    space = " " * (indent + _INDENT)
    return "".join([opening, "\n", *(f"{space}{item},\n" for item in items), " " * indent, closing])


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in code.split("\n"))
