"""`Chat`: a chat model's answer for each row."""

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from os import PathLike
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, message_to_dict
from langchain_core.prompts import ChatPromptTemplate

from langchain_telnyx._shared.manifest import digest, manifest_key
from langchain_telnyx.batch.models import (
    CHARACTERS_PER_TOKEN,
    canonical,
    chat_cost,
    check_key,
    cost_of,
    decimal_of,
    identity_of,
    invoke,
    limited,
    text_of,
)
from langchain_telnyx.batch.rows import ColumnType, Row, name_of
from langchain_telnyx.batch.stage import RateLimiter, Result, RowEstimate, Stage
from langchain_telnyx.chat_models import ChatTelnyx
from langchain_telnyx.chat_models.callbacks import TelnyxCostCallback
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import ConfigurationError


class Chat(Stage):
    """Asks a chat model about each row: the prompt's columns to `answer`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/batch.md

    Args:
        prompt: A prompt with names of columns, such as `"Summarize: {text}"`, or a
            `ChatPromptTemplate`.
        chat_model: The chat model, of any provider. Default: `ChatTelnyx()`.
        output_column: The column of the answer.
        expected_output_tokens: Tokens of an answer, for estimates; at most the model's
            `max_tokens`.
        manifest: See `Stage`.
        max_concurrency: Number of requests at a time, in this process.
        rate_limiter: See `Stage`. It becomes the model's, unless the model has one.

    Raises:
        ConfigurationError: The prompt has no column.

    Example:
        ```python
        from langchain_telnyx.batch import Chat

        summarize = Chat("Summarize in one sentence: {text}", manifest="summaries.jsonl")
        batch = summarize({"text": ["Titan is a moon of Saturn.", "Io is a moon of Jupiter."]})
        print(batch["answer"], batch["cost"])
        ```
    """

    columns: Mapping[str, ColumnType]

    def __init__(
        self,
        prompt: str | ChatPromptTemplate,
        *,
        chat_model: BaseChatModel | None = None,
        output_column: str = "answer",
        expected_output_tokens: int = 500,
        manifest: str | PathLike[str] | None = None,
        max_concurrency: int = 8,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        super().__init__(
            manifest=manifest, max_concurrency=max_concurrency, rate_limiter=rate_limiter
        )
        if isinstance(prompt, str):
            prompt = ChatPromptTemplate.from_template(prompt)
        self._prompt = prompt
        if not self._prompt.input_variables:
            raise ConfigurationError(
                "The prompt names no column, so all rows would have the same: write for example "
                '"Summarize: {text}".'
            )
        self._chat_model = chat_model or ChatTelnyx()
        self._column = output_column
        self._expected = expected_output_tokens
        self.columns = {output_column: "string"}

    def check(self) -> None:
        """Check that there is a key; see `Stage.check`."""
        check_key(self._chat_model)

    def estimated(self, row: Row, tokens: int | None) -> RowEstimate:
        """Return what an answer is expected to cost, with 4 characters of the prompt a token."""
        known = {name: row.get(name, "") for name in self._prompt.input_variables}
        sent = sum(len(str(each.content)) for each in self._prompt.format_messages(**known))
        count = sent // CHARACTERS_PER_TOKEN + 1 + (tokens or 0)
        return RowEstimate(chat_cost(self._chat_model, count, self._expected), tokens)

    @cached_property
    def _model(self) -> BaseChatModel:
        return limited(self._chat_model, self._limiter)

    @cached_property
    def _identity(self) -> str:
        return identity_of(self._chat_model)

    def _results(self, rows: Sequence[Row]) -> Flow[Sequence[Result]]:
        [row] = rows
        messages = self._messages(row)
        content = canonical([message_to_dict(message) for message in messages])
        key = manifest_key(digest(content), {"chat": self._identity})
        request = partial(self._paid, partial(self._ask, messages, row), limited=False)
        answer = yield from self._save_or_load(key, name_of(row), request, bool)
        return [Result({self._column: answer["text"]}, decimal_of(answer["cost"]))]

    def _ask(self, messages: list[BaseMessage], row: Row) -> Flow[dict[str, Any]]:
        costs = TelnyxCostCallback()
        try:
            found = yield from invoke(self._model, messages, costs)
        finally:
            cost = cost_of(costs)
            self._spend(cost, row)
        return {"text": found.text, "cost": text_of(cost)}

    def _messages(self, row: Row) -> list[BaseMessage]:
        missing = [name for name in self._prompt.input_variables if name not in row]
        if missing:
            raise ValueError(
                f"The prompt needs the column {missing[0]!r}; the row has "
                f"{', '.join(map(repr, row))}."
            )
        return self._prompt.format_messages(**row)
