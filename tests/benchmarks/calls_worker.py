"""A contender of `calls.py`: `python calls_worker.py NAME MODEL_URL` prints its address.

`agent` prints the microseconds of CPU of a token instead: it needs no server.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from scenario import Scenario

TOKENS = 100
TURNS = 20


def main() -> None:
    """Run the contender of the command line."""
    name, model = sys.argv[1:]
    {"agent": agent, "ours": ours, "flask": flask}[name](model)


def chat_model(model: str) -> Any:
    from langchain_telnyx import ChatTelnyx  # noqa: PLC0415 - not installed for every contender

    return ChatTelnyx(
        model="moonshotai/Kimi-K2.6", api_key="KEY", base_url=f"{model}/v2", max_retries=0
    )


def agent(model: str) -> None:
    """Measure the model alone, over a conversation like that of a call."""
    import asyncio  # noqa: PLC0415 - of this contender

    from langchain_core.messages import AIMessage, HumanMessage  # noqa: PLC0415 - as above

    chat = chat_model(model)
    prompt = Scenario(chunks=TOKENS).prompt

    async def turns(count: int) -> None:
        history: list[Any] = []
        for _ in range(count):
            history.append(HumanMessage(prompt))
            text = "".join([chunk.text async for chunk in chat.astream(history)])
            history.append(AIMessage(text))

    async def run() -> float:
        await turns(2)
        before = time.process_time()
        await turns(TURNS)
        return time.process_time() - before

    print(1e6 * asyncio.run(run()) / (TURNS * TOKENS), flush=True)
    sys.stdin.read()


def ours(model: str) -> None:
    """Serve the model by `langchain_telnyx.serve`."""
    from langchain_telnyx.serve import create_app  # noqa: PLC0415 - of this contender
    from langchain_telnyx.serve.running import run  # noqa: PLC0415 - of this contender

    token = "a-token-for-the-benchmark"

    def started(url: str) -> None:
        print(f"{url.replace('http', 'ws')}/{token}/relay", flush=True)

    run(create_app(chat_model(model), token=token), port=0, has_token=True, on_started=started)


def flask(model: str) -> None:
    """Serve the model by a bridge of Flask, flask-sock and requests, a thread for each call."""
    import logging  # noqa: PLC0415 - of this contender
    import threading  # noqa: PLC0415 - of this contender
    from importlib import import_module  # noqa: PLC0415 - of this contender

    # In the environment of this contender alone.
    requests: Any = import_module("requests")
    sock: Any = import_module("flask_sock")
    make_server: Any = import_module("werkzeug.serving").make_server
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app: Any = import_module("flask").Flask(__name__)
    url = f"{model}/v2/ai/openai/chat/completions"

    def relay(socket: Any) -> None:
        history: list[dict[str, str]] = []
        while True:
            frame = json.loads(socket.receive())
            if frame["type"] != "prompt" or not frame.get("last", True):
                continue
            history.append({"role": "user", "content": frame["voicePrompt"]})
            body = {"model": "m", "messages": history, "stream": True}
            answer = ""
            with requests.post(url, json=body, stream=True, timeout=60) as response:
                for line in response.iter_lines():
                    if not line.startswith(b"data: {"):
                        continue
                    for choice in json.loads(line[6:])["choices"]:
                        if token := choice["delta"].get("content"):
                            answer += token
                            text = {"type": "text", "token": token, "last": False}
                            socket.send(json.dumps(text))
            socket.send(json.dumps({"type": "text", "token": "", "last": True}))
            history.append({"role": "assistant", "content": answer})

    sock.Sock(app).route("/relay")(relay)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"ws://127.0.0.1:{server.server_port}/relay", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
