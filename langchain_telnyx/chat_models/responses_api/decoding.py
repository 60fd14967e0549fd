"""Decoding of responses, streamed or complete, as chat completions."""

from collections.abc import Sequence

from langchain_telnyx.chat_models.responses_api.events import EventConverter
from langchain_telnyx.client.call import JSON, ResponseBody
from langchain_telnyx.client.errors import StreamError
from langchain_telnyx.client.protocols import Decoder


class ChatBody(ResponseBody):
    """A complete response as a chat completion.

    Attributes:
        events: The same in chunks, in the order of the output.
    """

    events: list[JSON]


class ChatDecoder:
    """A `Decoder` that converts the events of a response to chunks of a chat completion.

    Args:
        decoder: The decoder of the events.
    """

    def __init__(self, decoder: Decoder[JSON]) -> None:
        self._decoder = decoder
        self._unfolding = EventConverter()
        self._failure: Exception | None = None

    @property
    def failure(self) -> Exception | None:
        """The error that ends the stream, if any."""
        return self._failure or self._decoder.failure

    @property
    def complete(self) -> bool:
        """Whether the answer is complete."""
        return self._decoder.complete

    @property
    def done(self) -> bool:
        """Whether no more events can follow."""
        return self._decoder.done

    def feed(self, data: bytes) -> list[JSON]:
        """Return the chunks that `data` completes."""
        return self._chunks(self._decoder.feed(data))

    def end(self) -> list[JSON]:
        """Return the remaining chunks at the end of the body."""
        return self._chunks(self._decoder.end())

    def _chunks(self, events: Sequence[JSON]) -> list[JSON]:
        chunks: list[JSON] = []
        for event in events:
            try:
                chunks += self._unfolding.chunks(event)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                self._failure = StreamError(
                    f"The stream contains an event that cannot be read: {str(event)[:200]}.", event
                )
                self._failure.__cause__ = error
                break
        return chunks


def chunks_of(body: JSON) -> list[JSON]:
    """Convert a complete response to chunks of a chat completion."""
    return EventConverter().chunks({"type": "response.completed", "response": body})


def chat_body(body: ResponseBody) -> ChatBody:
    """Convert a complete response to a chat completion.

    Raises:
        ValueError: The response is invalid.
    """
    try:
        events = chunks_of(body)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"its output is invalid ({type(error).__name__})") from error
    last = events[-1]
    message: JSON = {"content": "", "tool_calls": []}
    for event in events:
        for choice in event["choices"]:
            message["content"] += choice["delta"].get("content") or ""
            message["tool_calls"] += choice["delta"].get("tool_calls") or []
    choice = {**last["choices"][0], "message": message}
    made = ChatBody({**last, "choices": [choice]}, body.headers, body.redactor)
    made.events = events
    return made
