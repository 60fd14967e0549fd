"""`TelnyxAssistant`: a Runnable that chats with an assistant at Telnyx."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForChainRun,
    CallbackManagerForChainRun,
)
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.runnables import ConfigurableFieldSpec, RunnableConfig, RunnableSerializable
from pydantic import ConfigDict

from langchain_telnyx._shared.connect import Connected, Serialised
from langchain_telnyx.assistants.turns import Turn, read_turn
from langchain_telnyx.client.api.assistant_results import AssistantAnswer, AssistantEvent
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import TelnyxError

AssistantInput = LanguageModelInput | Mapping[str, Any]
"""Text, messages or a prompt; or an object with `input` or `messages`, and `conversation_id`."""

_CHOSEN_ID = ConfigurableFieldSpec(
    id="conversation_id",
    annotation=str | None,
    name="Conversation ID",
    description="The conversation at Telnyx that the message belongs to.",
    default=None,
)


class TelnyxAssistant(Serialised, Connected, RunnableSerializable[AssistantInput, AIMessage]):
    """Chats with an assistant at Telnyx: a Runnable from a user's message to the answer.

    The assistant has its own model, instructions and tools, and the service stores the messages in
    a conversation. The conversation is `conversation_id` of the input, else of the config's
    `configurable`, else of this object; without any, each call creates one. Its id is in the
    answer's `response_metadata`.

    With a conversation, only the messages after the last answer are sent. Without one, earlier
    messages of the input are added to the new conversation first, so that it also works with
    `RunnableWithMessageHistory`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/assistants.md

    API page: https://developers.telnyx.com/api-reference/assistants/chat-with-an-assistant

    Example:
        ```python
        from langchain_telnyx import Telnyx, TelnyxAssistant

        reception = Telnyx().assistants.create(
            "Reception", "You answer for a bakery, open from six.", model="zai-org/GLM-5.3"
        )
        assistant = TelnyxAssistant(assistant_id=reception.id)
        answer = assistant.invoke("When are you open?")
        thread = {"conversation_id": answer.response_metadata["conversation_id"]}
        assistant.invoke("And on Sundays?", {"configurable": thread})
        ```

    Raises:
        ValueError: On invocation: the input does not end with a message of the user, or has a
            message that cannot be sent.
        NotFoundError: On invocation: the assistant or the conversation does not exist.
        TelnyxError: On invocation: another error. If a conversation was created before, its id is
            in a note of the error.
    """

    model_config = ConfigDict(extra="forbid")  # langchain-core's class resets it

    assistant_id: str
    """The assistant."""

    conversation_id: str | None = None
    """The conversation, if neither the input nor the config has one."""

    user_name: str | None = None
    """The display name of the user."""

    conversation_metadata: Mapping[str, str | bool] | None = None
    """The metadata of new conversations."""

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The fields of `configurable` that it reads."""
        return [_CHOSEN_ID]

    def invoke(
        self,
        input: AssistantInput,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Send a message to the assistant, and return its answer.

        Args:
            input: Text, messages or a prompt; or an object with `input` or `messages`, and
                `conversation_id`.
            config: See langchain-core; `configurable` may have a `conversation_id`.
            **kwargs: None: an assistant's settings are changed by `assistants.update`.

        Returns:
            The answer. Its `response_metadata` has `conversation_id` and `assistant_id`.
        """
        return self._call_with_config(self._chat, input, config, **kwargs)

    async def ainvoke(
        self,
        input: AssistantInput,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Send a message to the assistant, and return its answer; see `invoke`."""
        return await self._acall_with_config(self._achat, input, config, **kwargs)

    def stream(
        self,
        input: AssistantInput,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessage]:
        """Send a message to the assistant, and stream its answer; see `invoke`.

        Yields:
            Chunks, whose sum is the answer. The last one has the `response_metadata`.
        """
        yield from self._transform_stream_with_config(
            iter([input]), self._stream, config, run_type="chain", **kwargs
        )

    async def astream(
        self,
        input: AssistantInput,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessage]:
        """Send a message to the assistant, and stream its answer; see `stream`."""

        async def inputs() -> AsyncIterator[AssistantInput]:
            yield input

        async for chunk in self._atransform_stream_with_config(
            inputs(), self._astream, config, run_type="chain", **kwargs
        ):
            yield chunk

    def _chat(
        self,
        given: AssistantInput,
        run_manager: CallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,
    ) -> AIMessage:
        turn = read_turn(given, config, self.conversation_id)
        return self.telnyx.send(self._answer(turn))

    async def _achat(
        self,
        given: AssistantInput,
        run_manager: AsyncCallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,
    ) -> AIMessage:
        turn = read_turn(given, config, self.conversation_id)
        return await self.telnyx.aio.send(self._answer(turn))

    def _stream(
        self,
        inputs: Iterator[AssistantInput],
        run_manager: CallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,
    ) -> Iterator[AIMessage]:
        turn = read_turn(next(inputs), config, self.conversation_id)
        telnyx = self.telnyx
        conversation_id = telnyx.send(self._conversation(turn))
        try:
            with telnyx.assistants.stream(
                self.assistant_id,
                turn.content,
                conversation_id=conversation_id,
                name=self.user_name,
            ) as events:
                chunks = _Chunks(self, conversation_id)
                for event in events:
                    if (chunk := chunks.of(event)) is not None:
                        yield chunk
        except TelnyxError as error:
            _note(error, turn, conversation_id)
            raise

    async def _astream(
        self,
        inputs: AsyncIterator[AssistantInput],
        run_manager: AsyncCallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,
    ) -> AsyncIterator[AIMessage]:
        turn = read_turn(await anext(inputs), config, self.conversation_id)
        telnyx = self.telnyx
        conversation_id = await telnyx.aio.send(self._conversation(turn))
        try:
            async with await telnyx.aio.assistants.stream(
                self.assistant_id,
                turn.content,
                conversation_id=conversation_id,
                name=self.user_name,
            ) as events:
                chunks = _Chunks(self, conversation_id)
                async for event in events:
                    if (chunk := chunks.of(event)) is not None:
                        yield chunk
        except TelnyxError as error:
            _note(error, turn, conversation_id)
            raise

    def _conversation(self, turn: Turn) -> Flow[str]:
        """Return the conversation of a turn; a new one has the messages before the turn."""
        if turn.conversation_id is not None:
            return turn.conversation_id
        calls = self.telnyx.calls
        created = yield from calls.conversations.create(metadata=self.conversation_metadata)
        try:
            for role, text in turn.earlier:
                yield from calls.conversations.add_message(created.id, role, text)
        except TelnyxError as error:
            _note(error, turn, created.id)
            raise
        return created.id

    def _answer(self, turn: Turn) -> Flow[AIMessage]:
        conversation_id = yield from self._conversation(turn)
        try:
            answer = yield from self.telnyx.calls.assistants.chat(
                self.assistant_id,
                turn.content,
                conversation_id=conversation_id,
                name=self.user_name,
            )
        except TelnyxError as error:
            _note(error, turn, conversation_id)
            raise
        metadata = self._metadata(answer, conversation_id)
        return AIMessage(content=answer.content, response_metadata=metadata)

    def _metadata(
        self, answer: AssistantAnswer | AssistantEvent, conversation_id: str
    ) -> dict[str, Any]:
        extra = {k: v for k, v in (answer.model_extra or {}).items() if v is not None}
        return {
            **extra,
            "model_provider": "telnyx",
            "assistant_id": self.assistant_id,
            "conversation_id": conversation_id,
        }


class _Chunks:
    """Converts the events of one answer into chunks, and adds what only `done` has."""

    def __init__(self, assistant: TelnyxAssistant, conversation_id: str) -> None:
        self._assistant = assistant
        self._conversation_id = conversation_id
        self._text = ""

    def of(self, event: AssistantEvent) -> AIMessageChunk | None:
        """Return the chunk of an event, if it has one."""
        if event.type == "delta":
            self._text += event.content
            return AIMessageChunk(content=event.content) if event.content else None
        if event.type != "done":
            return None
        # An answer that is not streamed in parts is whole in `done`.
        begins = event.content.startswith(self._text)
        missing = event.content.removeprefix(self._text) if begins else ""
        metadata = self._assistant._metadata(event, self._conversation_id)  # noqa: SLF001 - one module
        return AIMessageChunk(content=missing, response_metadata=metadata, chunk_position="last")


def _note(error: TelnyxError, turn: Turn, conversation_id: str) -> None:
    if turn.conversation_id is None:
        error.add_note(f"The conversation {conversation_id!r} was created for this message.")
