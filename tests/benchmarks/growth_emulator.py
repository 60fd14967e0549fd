"""An emulator with a store of many documents, in a process of its own for `growth.py`.

`growth_emulator.py DOCUMENTS` prints the options of its clients on one line and runs until its
standard input closes. The documents are written into its state, without HTTP, and share a vector:
storing 100,000 of them with a client takes a quarter of an hour, nearly all of it in the emulator.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.areas.bucket_embeddings.chunks import Chunk, EmbeddedChunks
from langchain_telnyx.emulator.areas.bucket_embeddings.state import Recipe
from langchain_telnyx.vectorstores.keys import document_key

if TYPE_CHECKING:
    from langchain_telnyx.emulator.account import Account

BUCKET = "growth-bucket"
TEXT = "A moon is made of ice and rock."
GROUPS = 10


def fill(account: Account, number: int) -> None:
    """Store embedded documents, with the keys that `TelnyxVectorStore` gives them."""
    recipe = Recipe()
    account.objects.create_bucket(BUCKET)
    account.embedded.enable(BUCKET, recipe)
    with EmbeddedChunks() as chunks, account.store.transaction():
        chunks.add([Chunk(TEXT, {})])
        for at in range(number):
            body = account.objects.blobs.stage()
            body.write(TEXT.encode())
            key = document_key(f"moon-{at}", "0", {"group": at % GROUPS}).key
            stored = account.objects.put(BUCKET, key, body, "text/plain; charset=utf-8")
            account.embedded.begin(BUCKET, key)
            account.embedded.succeed(stored, recipe, chunks)


if __name__ == "__main__":
    with TelnyxEmulator() as emulator:
        fill(emulator.account, int(sys.argv[1]))
        print(json.dumps(emulator.options()), flush=True)
        sys.stdin.read()
