"""The state of a conversation with a model: messages, files, tools, cost."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    message_chunk_to_message,
    messages_to_dict,
)

from langchain_telnyx.chat_models import ChatTelnyx
from langchain_telnyx.chat_models.callbacks import TelnyxCostCallback
from langchain_telnyx.chat_models.profiles.catalogue import DEFAULT_MODEL
from langchain_telnyx.client import Telnyx
from langchain_telnyx.tools import TelnyxToolkit

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

_FILES = "files"
_FILE_TOOLS = ("list_buckets", "list_files", "search", "summarize_file", "transcribe_file")
# How often the model may call tools before it has to answer.
_MAX_ROUNDS = 10
_TITLES = {"human": "User", "ai": "Assistant", "tool": "Tool", "system": "System"}


@dataclass
class Usage:
    """The tokens and the cost of a conversation.

    Attributes:
        input_tokens: Tokens of the prompts.
        output_tokens: Tokens of the answers.
        unreported: Answers without the number of their tokens.
        costs: The cost of the answers.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    unreported: int = 0
    costs: TelnyxCostCallback = field(default_factory=TelnyxCostCallback)

    def add(self, message: AIMessage) -> None:
        """Add the tokens of an answer."""
        if (usage := message.usage_metadata) is None:
            self.unreported += 1
        else:
            self.input_tokens += usage["input_tokens"]
            self.output_tokens += usage["output_tokens"]

    @property
    def cost(self) -> str | None:
        """The cost in USD; `None` if the price of an answer is unknown."""
        return None if self.costs.unpriced else f"{self.costs.total:f}"

    def text(self) -> str:
        """Return a sentence."""
        price = "unknown cost" if self.cost is None else f"${self.cost}"
        tokens = f"{self.input_tokens} tokens of input, {self.output_tokens} of output"
        if self.unreported:
            tokens = f"at least {tokens}" if self.input_tokens else "unknown number of tokens"
        return f"{tokens}, {price}."

    def since(self, earlier: "Usage") -> dict[str, int | None]:
        """Return the tokens since an earlier state; `None` if the service did not report them."""
        known = self.unreported == earlier.unreported
        return {
            "input_tokens": self.input_tokens - earlier.input_tokens if known else None,
            "output_tokens": self.output_tokens - earlier.output_tokens if known else None,
        }


class Session:
    """A conversation.

    Args:
        telnyx: The client.
        model: The chat model; default: the package's.
        system: The system message.
        tools: `files`, `web`, or names of `TelnyxToolkit`.
        buckets: The only buckets that the tools may read; default: all.

    Attributes:
        model: The name of the model.
        system: The system message.
        messages: The conversation, without the system message.
        attachments: Content blocks for the next message.
        usage: Tokens and cost so far.

    Raises:
        ValueError: A tool or bucket is unknown.
    """

    def __init__(
        self,
        telnyx: Telnyx,
        *,
        model: str | None = None,
        system: str | None = None,
        tools: Sequence[str] = (),
        buckets: Sequence[str] | None = None,
    ) -> None:
        self._telnyx = telnyx
        self.model = model or DEFAULT_MODEL
        self.system = system
        self.messages: list[BaseMessage] = []
        self.attachments: list[dict[str, Any]] = []
        self.usage = Usage()
        names = [each for name in tools for each in (_FILE_TOOLS if name == _FILES else (name,))]
        toolkit = TelnyxToolkit(client=telnyx, include=names, buckets=buckets) if names else None
        found = toolkit.get_tools() if toolkit is not None else []
        self._tools: dict[str, BaseTool] = {tool.name: tool for tool in found}

    def select_model(self, name: str) -> str:
        """Use another model, and return a sentence about it.

        Raises:
            ConfigurationError: The catalogue does not list it; the message has similar names.
        """
        info = ChatTelnyx(model=name, client=self._telnyx).info()
        self.model = name
        return f"Model: {name}, {info.context_length or 'unknown'} tokens of context."

    def clear(self) -> None:
        """Forget the messages and files; the system message and the cost remain."""
        self.messages.clear()
        self.attachments.clear()

    def save(self, path: Path) -> None:
        """Write the conversation: as JSON of LangChain's messages for `.json`, else as Markdown.

        Raises:
            OSError: The file cannot be written.
        """
        messages = self._prompt()
        if path.suffix.lower() == ".json":
            text = json.dumps(messages_to_dict(messages), ensure_ascii=False, indent=2, default=str)
        else:
            parts = (f"## {_TITLES.get(each.type, each.type)}\n\n{each.text}" for each in messages)
            text = "\n\n".join(parts)
        path.write_text(f"{text}\n", "utf-8")

    async def ask(self, text: str) -> AsyncGenerator[dict[str, Any], None]:
        """Send a message, run the tools that the model calls, and yield the parts of the answer.

        A part is a JSON object: `{"type": "text", "text"}`, `{"type": "tool_call", "name",
        "arguments"}`, or at the end `{"type": "answer", "text", "model", "usage", "cost"}`. After
        an error or an interruption, the conversation has the text that arrived; without any, it is
        as before.

        Args:
            text: The user's message.
        """
        before, attached = len(self.messages), list(self.attachments)
        content: list[str | dict[Any, Any]] = [*attached, {"type": "text", "text": text}]
        self.messages.append(HumanMessage(content if attached else text))
        self.attachments.clear()
        complete = len(self.messages)
        answer: AIMessageChunk | None = None
        message = AIMessage("")
        began = replace(self.usage)
        try:
            for round_number in range(_MAX_ROUNDS):
                answer = None
                stream = self._chat_model(with_tools=round_number < _MAX_ROUNDS - 1)
                async for chunk in stream.astream(
                    self._prompt(), config={"callbacks": [self.usage.costs]}
                ):
                    answer = chunk if answer is None else answer + chunk
                    if chunk.text:
                        yield {"type": "text", "text": str(chunk.text)}
                whole = AIMessage("") if answer is None else message_chunk_to_message(answer)
                assert isinstance(whole, AIMessage)  # noqa: S101 - narrows the type
                message = whole
                self.usage.add(message)
                self.messages.append(message)
                if not message.tool_calls and not message.invalid_tool_calls:
                    break
                async for part in self._run_tools(message):
                    yield part
                complete = len(self.messages)
        except BaseException:
            del self.messages[complete:]
            if answer is not None and answer.text:
                self.messages.append(AIMessage(str(answer.text)))
            elif complete == before + 1:
                del self.messages[before:]
                self.attachments[:0] = attached
            raise
        yield {
            "type": "answer",
            "text": str(message.text),
            "model": message.response_metadata.get("model_name", self.model),
            "usage": self.usage.since(began),
            "cost": self.usage.cost,
        }

    async def _run_tools(self, message: AIMessage) -> AsyncIterator[dict[str, Any]]:
        """Run the tools that a message calls, and add their results to the conversation."""
        for call in message.tool_calls:
            yield {"type": "tool_call", "name": call["name"], "arguments": call["args"]}
            tool = self._tools.get(call["name"])
            self.messages.append(
                _refusal(call["id"], f"There is no tool {call['name']!r}.")
                if tool is None
                else await tool.ainvoke({**call, "type": "tool_call"})
            )
        for invalid in message.invalid_tool_calls:
            self.messages.append(_refusal(invalid["id"], invalid["error"] or "Invalid arguments."))

    def _chat_model(self, *, with_tools: bool) -> Any:
        model = ChatTelnyx(model=self.model, client=self._telnyx)
        return model.bind_tools(list(self._tools.values())) if with_tools and self._tools else model

    def _prompt(self) -> list[BaseMessage]:
        system = [SystemMessage(self.system)] if self.system else []
        return [*system, *self.messages]


def _refusal(call_id: str | None, reason: str) -> ToolMessage:
    return ToolMessage(reason, tool_call_id=call_id or "", status="error")
