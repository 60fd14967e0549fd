"""Options of the Responses API, and the choice between it and chat completions."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from pydantic import ConfigDict, model_validator

from langchain_telnyx.chat_models.sending.call_options import PreparedRequest
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_telnyx.chat_models.history_adapter.content_parts import Form
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
    """Options of the Responses API; a mixin."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    use_responses_api: bool | None = None
    """Whether to use the Responses API, whose message content is a list of blocks. Default: if a
    request has a field of that API only, such as `conversation`."""

    use_previous_response_id: bool = False
    """Whether to send only the messages after the last response of a thread, with the `id` of that
    response. For servers that store responses; Telnyx stores a `conversation`."""

    conversation: str | None = None
    """The id of a Telnyx conversation that stores the thread. Only new messages are sent. Can be
    passed with each call."""

    @model_validator(mode="after")
    def _check_responses_options(self) -> Self:
        if self.use_responses_api is False:
            needs = [n for n in ("use_previous_response_id", "conversation") if getattr(self, n)]
            if needs:
                raise _not_in_chat_completions(needs[0])
        if self.conversation and self.cache is None:
            # A cached answer would be missing in the conversation.
            self.cache = False
        if self.use_previous_response_id and self.conversation:
            raise ConfigurationError(
                "A turn continues a `conversation` or the previous response: pass "
                "either `conversation` or `use_previous_response_id`."
            )
        return self

    def _uses_responses_api(self, request: Mapping[str, Any]) -> bool:
        """Return whether a request goes to the Responses API."""
        special = [name for name in _OF_RESPONSES if request.get(name) is not None]
        if self.use_responses_api is False:
            if special:
                raise _not_in_chat_completions(special[0])
            return False
        if self.use_responses_api or self.use_previous_response_id or special:
            return True
        return self.output_version == "responses/v1"

    def _add_turn(self, request: JSON, messages: Sequence[BaseMessage], form: "Form") -> "Turn":
        """Prepare a request, and add the messages that the service does not have yet to it.

        Args:
            request: The request body, which is changed.
            messages: All messages of the thread.
            form: Options of the request's format.

        Raises:
            ConfigurationError: The request has a field without an equivalent in the Responses API.
        """
        from langchain_telnyx.chat_models.history_adapter.messages import to_wire  # noqa: PLC0415 - for the first call
        from langchain_telnyx.chat_models.responses_api import conversation as memory  # noqa: PLC0415 - likewise
        from langchain_telnyx.chat_models.responses_api.request import check, name_schema  # noqa: PLC0415 - likewise

        check(request)
        name_schema(request)
        turn = memory.turn_of(messages, request, chained=self.use_previous_response_id)
        request["messages"] = memory.without_answer(to_wire(turn.messages, form), turn)
        if turn.previous:
            request["previous_response_id"] = turn.previous
        return turn


def exchange_of(request: PreparedRequest) -> Any:
    """Return the `exchange` module of a request's API; the first call imports it."""
    if request.is_response:
        from langchain_telnyx.chat_models.responses_api import exchange as responses  # noqa: PLC0415

        return responses
    from langchain_telnyx.chat_models.sending import exchange  # noqa: PLC0415

    return exchange


def _not_in_chat_completions(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"`{name}` is an option of the Responses API: remove `use_responses_api=False` or `{name}`."
    )
