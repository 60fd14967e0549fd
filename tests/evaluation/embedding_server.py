"""Serve a small embedding model on loopback, as OpenAI's API does, for `evaluate.py --upstream`.

The model is WordLlama's, 16 MB that its package ships. It is no dependency of this project; install
it in an environment of its own:

    python -m venv model && model/bin/pip install wordllama
    model/bin/python tests/evaluation/embedding_server.py 8790
"""

from __future__ import annotations

import importlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def server(
    embed: Callable[[Sequence[str]], Sequence[Sequence[float]]], port: int
) -> ThreadingHTTPServer:
    """Return a server of `/v1/embeddings`.

    Args:
        embed: Returns a vector for each text.
        port: The port on loopback; 0 selects a free one.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            texts = asked["input"]
            rows = embed([texts] if isinstance(texts, str) else texts)
            data = [
                {"object": "embedding", "index": index, "embedding": [float(x) for x in row]}
                for index, row in enumerate(rows)
            ]
            usage = {"prompt_tokens": 0, "total_tokens": 0}
            answer = {"object": "list", "model": asked["model"], "data": data, "usage": usage}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Print nothing."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def _wordllama() -> Callable[[Sequence[str]], Sequence[Sequence[float]]]:
    package: Any = importlib.import_module("wordllama")
    # The package ships its tokenizer, and looks for it in the cache.
    model = package.WordLlama.load(cache_dir=Path(package.__file__).parent, disable_download=True)
    # The model refuses empty texts.
    return lambda texts: model.embed([text or " " for text in texts], norm=True)


if __name__ == "__main__":
    server(_wordllama(), int(sys.argv[1])).serve_forever()
