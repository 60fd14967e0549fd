"""Which of two APIs a request goes to: chat completions, or responses, which can remember."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from pydantic import ConfigDict, model_validator

from langchain_telnyx.chat_models.history_adapter.content_parts import Form
from langchain_telnyx.chat_models.sending.call_options import PreparedRequest
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_telnyx.chat_models.responses_api.conversation import Turn

# Fields that only the Responses API has.
_OF_RESPONSES = (
    "conversation",
    "previous_response_id",
    "include",
    "instructions",
    "text",
    "truncation",
    "context_management",
)


class ResponsesOptions(BaseChatModel):
    """Options of the Responses API, and of what the service remembers; a mixin."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    use_responses_api: bool | None = None
    """Whether to use the Responses API, whose content is a list of blocks. Default: where a request
    has a field that only it knows, such as `conversation`."""

    use_previous_response_id: bool = False
    """Whether only what follows the last response of a thread is sent, with the `id` of that
    response. For servers that keep responses; Telnyx keeps a `conversation`."""

    conversation: str | None = None
    """The id of a Telnyx conversation that keeps the thread. Only the turn that it does not have
    yet is sent. Each call can name another one."""

    @model_validator(mode="after")
    def _memory_needs_responses(self) -> Self:
        if self.use_responses_api is False:
            needs = [n for n in ("use_previous_response_id", "conversation") if getattr(self, n)]
            if needs:
                raise _without_memory(needs[0])
        if self.conversation and self.cache is None:
            # An answer of a cache would not be in the conversation.
            self.cache = False
        if self.use_previous_response_id and self.conversation:
            raise ConfigurationError(
                "A turn goes on from a `conversation` or from the response before it: give "
                "`conversation` or `use_previous_response_id`."
            )
        return self

    def _asks_for_response(self, request: Mapping[str, Any]) -> bool:
        """Whether a request goes to the Responses API."""
        special = [name for name in _OF_RESPONSES if request.get(name) is not None]
        if self.use_responses_api is False:
            if special:
                raise _without_memory(special[0])
            return False
        if self.use_responses_api or self.use_previous_response_id or special:
            return True
        return self.output_version == "responses/v1"

    def _take_turn(self, request: JSON, messages: Sequence[BaseMessage], form: Form) -> "Turn":
        """Put the messages of a turn that the service does not have into its request.

        Args:
            request: The request's fields, which are changed.
            messages: The thread.
            form: How the request is written.

        Raises:
            ConfigurationError: The request asks for what the Responses API does not have.
        """
        from langchain_telnyx.chat_models.history_adapter.messages import to_wire  # noqa: PLC0415 - for the first call
        from langchain_telnyx.chat_models.responses_api import conversation as memory  # noqa: PLC0415 - likewise
        from langchain_telnyx.chat_models.responses_api.request import check  # noqa: PLC0415 - likewise

        check(request)
        turn = memory.turn_of(messages, request, chained=self.use_previous_response_id)
        request["messages"] = memory.without_answer(to_wire(turn.messages, form), turn)
        if turn.previous:
            request["previous_response_id"] = turn.previous
        return turn


def exchange_of(request: PreparedRequest) -> Any:
    """Return what a request's call needs: a module, loaded by the first call."""
    if request.is_response:
        from langchain_telnyx.chat_models.responses_api import exchange as responses  # noqa: PLC0415

        return responses
    from langchain_telnyx.chat_models.sending import exchange  # noqa: PLC0415

    return exchange


def _without_memory(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"`{name}` belongs to the Responses API: leave `use_responses_api=False` out, or `{name}`."
    )
