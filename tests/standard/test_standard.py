"""The suites of langchain-tests, without overrides and expected failures.

For the chat model, see test_standard_chat.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import (
    EmbeddingsIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import EmbeddingsUnitTests

from langchain_telnyx import TelnyxEmbeddings, TelnyxRetriever, TelnyxVectorStore

if TYPE_CHECKING:
    from langchain_core.vectorstores import VectorStore

    from langchain_telnyx.emulator import TelnyxEmulator

FROM_ENVIRONMENT: tuple[dict[str, str], dict[str, Any], dict[str, Any]] = (
    {"TELNYX_API_KEY": "KEY1", "TELNYX_BASE_URL": "http://127.0.0.1:1/v2"},
    {},
    {"telnyx_api_key": "KEY1", "telnyx_api_base": "http://127.0.0.1:1/v2"},
)


class TestTelnyxEmbeddings(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[TelnyxEmbeddings]:
        return TelnyxEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"api_key": "KEY1"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return FROM_ENVIRONMENT


class TestTelnyxEmbeddingsAtTheEmulator(EmbeddingsIntegrationTests):
    @pytest.fixture(autouse=True)
    def _point(self, emulator: TelnyxEmulator) -> None:
        self._options = emulator.options()

    @property
    def embeddings_class(self) -> type[TelnyxEmbeddings]:
        return TelnyxEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return self._options


class TestTelnyxVectorStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, emulator: TelnyxEmulator) -> VectorStore:
        store = TelnyxVectorStore("standard-tests", **emulator.options())
        store.add_documents([])  # makes the bucket
        return store


class TestTelnyxRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _fill(self, emulator: TelnyxEmulator) -> None:
        texts = [f"Saturn's moon number {number} is round." for number in range(5)]
        TelnyxVectorStore.from_texts(texts, bucket="moons", **emulator.options())
        self._options = emulator.options()

    @property
    def retriever_constructor(self) -> type[TelnyxRetriever]:
        return TelnyxRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"bucket": "moons", **self._options}

    @property
    def retriever_query_example(self) -> str:
        return "Which moons does Saturn have?"
