"""The suite of langchain-tests for retrievers of knowledge, conversations, memory and the web.

For `TelnyxRetriever`, see test_standard.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests

from langchain_telnyx import (
    Telnyx,
    TelnyxCollectionRetriever,
    TelnyxConversationRetriever,
    TelnyxMemoryRetriever,
    TelnyxWebSearchRetriever,
)

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator


class OverConversations(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _fill(self, emulator: TelnyxEmulator) -> None:
        self._options = emulator.options()
        telnyx = Telnyx(**self._options)
        for number in range(5):
            call = telnyx.conversations.create(name=f"Call {number}")
            telnyx.conversations.add_message(call.id, "user", f"Refund number {number}, please.")
        telnyx.collections.create("Support calls", sources=["voice"])

    @property
    def retriever_query_example(self) -> str:
        return "Who wants a refund?"


class TestTelnyxKnowledgeRetriever(OverConversations):
    @property
    def retriever_constructor(self) -> type[TelnyxCollectionRetriever]:
        return TelnyxCollectionRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"collection": "support-calls", **self._options}


class TestTelnyxConversationRetriever(OverConversations):
    @property
    def retriever_constructor(self) -> type[TelnyxConversationRetriever]:
        return TelnyxConversationRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self._options


class TestTelnyxMemoryRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _fill(self, emulator: TelnyxEmulator) -> None:
        self._options = emulator.options()
        telnyx = Telnyx(**self._options)
        for number in range(5):
            written = telnyx.memory.remember("ann", f"Ann has cat number {number}.")
            telnyx.memory.wait(written.operation_id)

    @property
    def retriever_constructor(self) -> type[TelnyxMemoryRetriever]:
        return TelnyxMemoryRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"profile_id": "ann", **self._options}

    @property
    def retriever_query_example(self) -> str:
        return "Which cats does Ann have?"


class TestTelnyxWebSearchRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _fill(self, emulator: TelnyxEmulator) -> None:
        self._options = emulator.options()
        for number in range(5):
            text = f"The cat number {number} sleeps."
            emulator.add_web_page(f"https://cats.example/{number}", f"Cat {number}", text)

    @property
    def retriever_constructor(self) -> type[TelnyxWebSearchRetriever]:
        return TelnyxWebSearchRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self._options

    @property
    def retriever_query_example(self) -> str:
        return "Which cat sleeps?"


class TestTelnyxWebSearchRetrieverWithContents(TestTelnyxWebSearchRetriever):
    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {**self._options, "contents": "markdown"}
