"""Prerequisites of operations: each function creates one, and returns its name.

The functions may be called repeatedly on one account.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_telnyx.client.errors import ConflictError

if TYPE_CHECKING:
    from langchain_telnyx.client import Telnyx
    from langchain_telnyx.emulator import TelnyxEmulator

TEXTS = {
    "cats.txt": "The cat sat on the mat. Cats sleep for most of the day.",
    "dogs.txt": "Dogs bark at night in the garden. A dog is a loyal friend.",
}


@dataclass(frozen=True)
class Account:
    """An emulated account to set up.

    Attributes:
        telnyx: A client of the account.
        emulator: The emulator.
    """

    telnyx: Telnyx
    emulator: TelnyxEmulator


def bucket(account: Account) -> str:
    """A bucket with two texts."""
    return bucket_of(account, "docs-bucket", TEXTS)


def embedded_bucket(account: Account) -> str:
    """An embedded bucket."""
    embedding_task(account)
    return bucket(account)


def embedding_task(account: Account) -> str:
    """A completed embedding task."""
    embeddings = account.telnyx.bucket_embeddings
    task = embeddings.embed(bucket(account)).task_id
    embeddings.wait(task)
    return task


def bucket_of(account: Account, name: str, texts: dict[str, str]) -> str:
    """A bucket with these texts."""
    storage = account.telnyx.storage
    with contextlib.suppress(ConflictError):  # it exists
        storage.create_bucket(name)
    for key, text in texts.items():
        storage.put_object(name, key, text.encode(), content_type="text/plain")
    return name
