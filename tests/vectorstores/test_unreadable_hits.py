"""An unreadable passage does not affect the others: the search continues with the next."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from langchain_telnyx import TelnyxVectorStore


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        hits: list[dict[str, Any]] = [
            {"document_chunk": f"text {at}", "distance": at / 10, "metadata": {"filename": f"{at}"}}
            for at in range(9)
        ]
        hits[1]["document_chunk"] = None
        hits[2]["metadata"] = None
        content = json.dumps({"data": hits[: body["num_of_docs"]]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Log nothing."""


@pytest.fixture
def base_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_unreadable_hits_are_replaced_up_to_k(base_url: str) -> None:
    store = TelnyxVectorStore("docs-bucket", api_key="KEY0123", base_url=base_url)
    expected = ["text 0", "text 2", "text 3"]
    found = store.similarity_search("text", k=3)
    assert [document.page_content for document in found] == expected
    found = await store.asimilarity_search("text", k=3)
    assert [document.page_content for document in found] == expected
