"""Decodes the events of an assistant's streamed answer."""

from collections.abc import Iterable

from pydantic import ValidationError

from langchain_telnyx.client.api.assistant_results import AssistantEvent
from langchain_telnyx.client.decode import reports_error
from langchain_telnyx.client.error_mapping import error_in_stream
from langchain_telnyx.client.errors import StreamError, TelnyxError
from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.sse import Events, named_data

_DONE = "done"
_ERROR = "error"


class AssistantEvents:
    """Decodes `delta`, `done` and `error`; see `Decoder`.

    The documentation does not show whether the kind is the event's name or a field `type`: both
    are read. Events of another kind are passed on.
    """

    def __init__(self) -> None:
        self.failure: TelnyxError | None = None
        self._events = Events(named_data)
        self._done = False

    @property
    def done(self) -> bool:
        """Whether `done` has arrived."""
        return self._done

    @property
    def complete(self) -> bool:
        """Whether the answer is complete."""
        return self._done

    def feed(self, data: bytes) -> list[AssistantEvent]:
        """Return the events that `data` completes."""
        return self._read(self._events.feed(data))

    def end(self) -> list[AssistantEvent]:
        """Return a last event that was not closed by a blank line."""
        found = self._read(self._events.end(), cut=True)
        if not self._done and self.failure is None:
            self.failure = StreamError(
                "The answer ended in the middle: the connection closed before `done` arrived. "
                "Read the conversation before you send the message again."
            )
        return found

    def _read(self, events: Iterable[bytes], *, cut: bool = False) -> list[AssistantEvent]:
        found: list[AssistantEvent] = []
        for event in events:
            if self._done or self.failure is not None:
                break
            name, _, content = event.partition(b"\n")
            kind = name.decode("utf-8", "replace")
            if content == b"[DONE]":
                continue  # `done` has the answer
            try:
                payload = loads(content)
                fields = payload if isinstance(payload, dict) else {"content": payload}
                kind = kind or str(fields.get("type") or "")
                if kind == _ERROR or reports_error(payload):
                    self.failure = error_in_stream(payload)
                    break
                parsed = AssistantEvent.model_validate({**fields, "type": kind})
            except (ValueError, RecursionError, ValidationError):
                if not cut:  # half an event means that the connection has ended
                    self.failure = StreamError(
                        f"The stream contains an event that is not an answer's: {content[:200]!r}.",
                        content.decode("utf-8", "replace"),
                    )
                break
            self._done = kind == _DONE
            found.append(parsed)
        return found
