"""`Analyze`: insights into each transcript, by a schema."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from os import PathLike
from typing import Any

from langchain_core.language_models import BaseChatModel

from langchain_telnyx._shared.manifest import digest, manifest_key
from langchain_telnyx.batch.models import (
    CHARACTERS_PER_TOKEN,
    chat_cost,
    check_key,
    cost_of,
    decimal_of,
    identity_of,
    invoke,
    limited,
    text_of,
)
from langchain_telnyx.batch.rows import ColumnType, Row, name_of, text_in
from langchain_telnyx.batch.stage import RateLimiter, Result, RowEstimate, Stage
from langchain_telnyx.chat_models import ChatTelnyx
from langchain_telnyx.chat_models.callbacks import TelnyxCostCallback
from langchain_telnyx.client.api.insights import Insight
from langchain_telnyx.client.call import JSON, Flow
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.insights import TelnyxInsights
from langchain_telnyx.insights.prompts import OnLongTranscript
from langchain_telnyx.insights.templates import AnyInsight, normalize_insights, schema_of

_ANSWER = "insight"
# Of the instructions around the transcript.
_PROMPT_TOKENS = 300
_TYPES: dict[Any, ColumnType] = {
    "string": "string",
    "number": "double",
    "integer": "int64",
    "boolean": "bool",
}


class Analyze(Stage):
    """Finds what a schema describes in each text: the column `text` to a column per property.

    Properties that are texts, numbers or booleans have a column of that type; others have JSON.
    The column `insight` has the whole answer as JSON; of a row whose answer does not fit the
    schema, the last answer.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/batch.md

    Args:
        schema: A pydantic class, a JSON schema with a title or a description, or another form of
            one insight: see `TelnyxInsights`. Without a schema the only column is `insight`.
        column: The column with the text.
        chat_model: The chat model, of any provider. Default: `ChatTelnyx()`.
        on_long_transcript: What to do with a text that exceeds the model's context: `error` or
            `parts`; see `TelnyxInsights`.
        max_attempts: Maximum number of requests per text until the answer fits the schema.
        expected_output_tokens: Tokens of an answer, for estimates; at most the model's
            `max_tokens`.
        manifest: See `Stage`.
        max_concurrency: Number of texts at a time, in this process.
        rate_limiter: See `Stage`. It becomes the model's, unless the model has one.

    Raises:
        ValueError: The schema has no instructions or is not valid.
        ConfigurationError: A property has the name of another column of the stage.

    Example:
        ```python
        from pydantic import BaseModel

        from langchain_telnyx.batch import Analyze


        class Booking(BaseModel):
            \"\"\"What the caller books.\"\"\"

            guests: int


        analyze = Analyze(Booking, manifest="bookings.jsonl")
        batch = analyze({"text": ["User: A table for 4 guests."]})
        print(batch["guests"], batch["error"])
        ```
    """

    columns: Mapping[str, ColumnType]

    def __init__(
        self,
        schema: AnyInsight,
        *,
        column: str = "text",
        chat_model: BaseChatModel | None = None,
        on_long_transcript: OnLongTranscript = "error",
        max_attempts: int = 3,
        expected_output_tokens: int = 300,
        manifest: str | PathLike[str] | None = None,
        max_concurrency: int = 8,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        super().__init__(
            manifest=manifest, max_concurrency=max_concurrency, rate_limiter=rate_limiter
        )
        insights = normalize_insights(schema)
        if len(insights) != 1 or not isinstance(insights[0], Insight):
            raise ConfigurationError("Pass one insight, by its schema or instructions.")
        self._insight: Insight = insights[0]
        self._schema = schema
        self._column = column
        self._chat_model = chat_model or ChatTelnyx()
        self._on_long: OnLongTranscript = on_long_transcript
        self._max_attempts = max_attempts
        self._expected = expected_output_tokens
        self.columns = {**_columns(schema_of(self._insight)), _ANSWER: "string"}
        if taken := {column, "error", "cost"} & self.columns.keys():
            raise ConfigurationError(
                f"The schema has the property {min(taken)!r}, which is the name of another column: "
                f"rename it."
            )

    def check(self) -> None:
        """Check that there is a key; see `Stage.check`."""
        check_key(self._chat_model)

    def estimated(self, row: Row, tokens: int | None) -> RowEstimate:
        """Return what the insight is expected to cost, with 4 characters a token."""
        text = row.get(self._column)
        known = len(text) if isinstance(text, str) else 0
        described = json.dumps([self._insight.instructions, self._insight.json_schema], default=str)
        count = (known + len(described)) // CHARACTERS_PER_TOKEN + _PROMPT_TOKENS + (tokens or 0)
        return RowEstimate(chat_cost(self._chat_model, count, self._expected), tokens)

    @cached_property
    def _insights(self) -> TelnyxInsights:
        return TelnyxInsights(
            insights=self._schema,
            chat_model=limited(self._chat_model, self._limiter),
            on_long_transcript=self._on_long,
            max_attempts=self._max_attempts,
        )

    @cached_property
    def _identity(self) -> JSON:
        return {
            "instructions": self._insight.instructions,
            "schema": self._insight.json_schema,
            "model": identity_of(self._chat_model),
            "on_long_transcript": self._on_long,
        }

    def _results(self, rows: Sequence[Row]) -> Flow[Sequence[Result]]:
        [row] = rows
        text = text_in(row, self._column)
        key = manifest_key(digest(text.encode("utf-8", "surrogatepass")), self._identity)
        request = partial(self._paid, partial(self._ask, text, row), limited=False)
        answer = yield from self._save_or_load(key, name_of(row), request, _is_valid)
        cost = decimal_of(answer["cost"])
        if not _is_valid(answer):
            return [Result({_ANSWER: answer["text"]}, cost, answer["error"])]
        return [Result({**self._values(answer["text"]), _ANSWER: answer["text"]}, cost)]

    def _ask(self, text: str, row: Row) -> Flow[dict[str, Any]]:
        costs = TelnyxCostCallback()
        try:
            found = yield from invoke(self._insights, text, costs)
        finally:
            cost = cost_of(costs)
            self._spend(cost, row)
        paid = {"cost": text_of(cost)}
        if found.errors:
            raw = next(iter(found.raw.values()), None)
            return {**paid, "text": raw, "error": next(iter(found.errors.values()))}
        return {**paid, "text": str(found.conversation_insights[0].result)}

    def _values(self, text: str) -> Row:
        names = [name for name in self.columns if name != _ANSWER]
        if not names:
            return {}
        found = json.loads(text)
        return {name: _value(found.get(name), self.columns[name]) for name in names}


def _is_valid(answer: Mapping[str, Any]) -> bool:
    return "error" not in answer


def _columns(schema: JSON | None) -> dict[str, ColumnType]:
    if schema is None:
        return {}
    definitions = schema.get("$defs") or {}
    properties = schema.get("properties") or {}
    return {name: _type(each, definitions) for name, each in properties.items()}


def _type(schema: Any, definitions: Mapping[str, Any]) -> ColumnType:
    """Return the type of a property's column; `string` for JSON."""
    if not isinstance(schema, Mapping):
        return "string"
    if isinstance(reference := schema.get("$ref"), str):
        return _type(definitions.get(reference.rpartition("/")[2]), definitions)
    kinds = schema.get("type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    options = [each for each in listed if each not in {None, "null"}]
    alternatives = [
        each
        for each in schema.get("anyOf") or ()
        if isinstance(each, Mapping) and each.get("type") != "null"
    ]
    if not options and len(alternatives) == 1:
        return _type(alternatives[0], definitions)
    return _TYPES.get(options[0], "string") if len(options) == 1 else "string"


def _value(value: Any, column: ColumnType) -> Any:
    if value is None or (column == "string" and isinstance(value, str)):
        return value
    if column == "double":
        return float(value)
    if column == "int64":
        return int(value)
    return value if column == "bool" else json.dumps(value, ensure_ascii=False)
