"""Emulated embedding servers without support for base64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    import httpx


def embed(quirk: Any, **fields: Any) -> httpx.Response:
    with TelnyxEmulator(sockets=False, quirks=Quirks(base64_embeddings=quirk)) as emulator:
        client: httpx.Client = emulator.options()["http_client"]
        return client.post(
            f"{emulator.base_url}/ai/openai/embeddings",
            headers={"authorization": f"Bearer {emulator.api_key}"},
            json={"model": "thenlper/gte-large", "input": "a cat", **fields},
        )


@pytest.mark.parametrize("quirk", ["honoured", "ignored", "refused"])
def test_floats_are_the_default(quirk: Any) -> None:
    assert len(embed(quirk).json()["data"][0]["embedding"]) == 1024


def test_base64_is_a_string_if_supported() -> None:
    [row] = embed("honoured", encoding_format="base64").json()["data"]
    assert isinstance(row["embedding"], str)


def test_ignored_base64_returns_floats() -> None:
    [row] = embed("ignored", encoding_format="base64").json()["data"]
    assert len(row["embedding"]) == 1024


def test_refused_base64_is_a_bad_request() -> None:
    refusal = embed("refused", encoding_format="base64")
    assert (refusal.status_code, refusal.json()["errors"][0]["code"]) == (400, "10015")
    assert "encoding_format" in refusal.text
