"""A streamed answer: converts events to chunks, for sync and async."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from langchain_telnyx.chat_models.output.thinking import ThinkTagsOption
from langchain_telnyx.chat_models.sending.call_options import PreparedRequest
from langchain_telnyx.chat_models.sending.responses_options import exchange_of
from langchain_telnyx.chat_models.tool_binding.wire_names import restore_names
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.redaction import NO_REDACTION, Redactor


class StreamedAnswer:
    """Builds the chunks of one streamed answer.

    Args:
        request: The request.
        think_tags: See `ChatTelnyx.think_tags`.
        complete: Completes the last message, with the headers of the response.
    """

    def __init__(
        self,
        request: PreparedRequest,
        think_tags: ThinkTagsOption,
        complete: Callable[[Mapping[str, str], BaseMessage], None],
    ) -> None:
        self._request = request
        self._think_tags: ThinkTagsOption = think_tags
        self._complete = complete
        self._exchange: Any = exchange_of(request)
        self._chunks: list[ChatGenerationChunk] = []
        self._headers: Mapping[str, str] = {}
        self._redactor: Redactor = NO_REDACTION
        self._assembly: Any = None

    def begin(self, headers: Mapping[str, str], redactor: Redactor) -> None:
        """Start with the headers of the response.

        Args:
            headers: The headers of the response.
            redactor: Redacts the API key.
        """
        self._headers, self._redactor = headers, redactor
        self._assembly = self._exchange.assembly(headers, self._request, self._think_tags, redactor)

    def feed(self, events: list[JSON]) -> Iterator[ChatGenerationChunk]:
        """Yield the chunks of events.

        Raises:
            StreamError: An event is not a chunk of a completion.
        """
        feed, names, chunks = self._assembly.feed, self._request.names, self._chunks
        for event in events:
            chunk = feed(event)
            if chunk is not None:
                restore_names(chunk.message, names)
                chunks.append(chunk)
                yield chunk

    def finish(self) -> Iterator[ChatGenerationChunk]:
        """Yield the chunks that end the answer.

        Raises:
            StreamError: The engine ended the answer with an error.
        """
        for chunk in self._assembly.finish():
            restore_names(chunk.message, self._request.names)
            if chunk.message.chunk_position == "last":
                self._complete(self._headers, chunk.message)
            else:
                self._chunks.append(chunk)
            yield chunk

    def with_partial(self, error: TelnyxError) -> Exception:
        """Return a stream error as langchain-core's class, with the message so far.

        Args:
            error: The error.
        """
        made: Exception = self._exchange.with_partial(
            error, self._chunks, self._assembly, self._redactor
        )
        return made
