"""Responses, streamed or whole, read as chat completions are read."""

from collections.abc import Sequence

from langchain_telnyx.chat_models.responses_api.events import EventConverter
from langchain_telnyx.client.call import JSON, ResponseBody
from langchain_telnyx.client.errors import StreamError
from langchain_telnyx.client.protocols import Decoder


class ChatBody(ResponseBody):
    """A whole response in the form of a chat completion.

    Attributes:
        events: The same in chunks, which keep the order of the output.
    """

    events: list[JSON]


class ChatDecoder:
    """Reads the events of a response as chunks of a chat completion; a `Decoder`.

    Args:
        decoder: What reads the events.
    """

    def __init__(self, decoder: Decoder[JSON]) -> None:
        self._decoder = decoder
        self._unfolding = EventConverter()
        self._failure: Exception | None = None

    @property
    def failure(self) -> Exception | None:
        """Why reading must end."""
        return self._failure or self._decoder.failure

    @property
    def complete(self) -> bool:
        """Whether the answer is whole."""
        return self._decoder.complete

    @property
    def done(self) -> bool:
        """Whether nothing more can come."""
        return self._decoder.done

    def feed(self, data: bytes) -> list[JSON]:
        """Return the chunks that `data` completes."""
        return self._chunks(self._decoder.feed(data))

    def end(self) -> list[JSON]:
        """Return what is left at the end of the body."""
        return self._chunks(self._decoder.end())

    def _chunks(self, events: Sequence[JSON]) -> list[JSON]:
        chunks: list[JSON] = []
        for event in events:
            try:
                chunks += self._unfolding.chunks(event)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                self._failure = StreamError(
                    f"The stream carried an event that cannot be read: {str(event)[:200]}.", event
                )
                self._failure.__cause__ = error
                break
        return chunks


def chunks_of(body: JSON) -> list[JSON]:
    """Return a whole response as chunks of a chat completion."""
    return EventConverter().chunks({"type": "response.completed", "response": body})


def chat_body(body: ResponseBody) -> ChatBody:
    """Return a whole response in the form of a chat completion.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        events = chunks_of(body)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"its output cannot be read ({type(error).__name__})") from error
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
