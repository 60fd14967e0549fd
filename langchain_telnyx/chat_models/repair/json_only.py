"""Extraction of the JSON from an answer with a schema: removes reasoning, fences and prose.

In a stream, text that begins with JSON, or with a fence and JSON, is yielded as it arrives, if the
caller can replace it later. Other text is buffered to its end, because it may begin with reasoning
and contain a draft. If the yielded beginning turns out to be a draft, the rest is yielded
unchanged.

Of several JSON values, the answer is the last one that conforms to the schema, because models
correct themselves. If none conforms, or the schema accepts anything, it is the longest, because the
others are mostly parts and examples.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from langchain_telnyx.chat_models.repair.arguments import JSONScanner
from langchain_telnyx.client.call import JSON

# The end of reasoning, in the tags of all engines.
THOUGHT = re.compile(r"</(?:mm:)?(?:think(?:ing)?|thought|reasoning)>")
_THINK = re.compile(r"\s*<(?:mm:)?(?:think(?:ing)?|thought|reasoning)>")
_FENCE = re.compile(r"```[\w-]*[ \t]*\r?\n(.*?)```", re.DOTALL)
_ALL_FENCED = re.compile(r"\s*```[\w-]*[ \t]*\r?\n\s*(.*?)\s*(?:```)?\s*", re.DOTALL)
_FENCE_BEGUN = re.compile(r"\s*(?:`{1,2}|```[\w-]*[ \t]*\r?)?\s*")
_FENCE_HEAD = re.compile(r"\s*```[\w-]*[ \t]*\r?\n\s*")
_OPENING = re.compile(r"[{\[]")
_CONTROL = re.compile(r"[\x00-\x1f]")
_decode = json.JSONDecoder(strict=False).raw_decode


class JSONOnly:
    """Extracts the JSON from one text, incrementally.

    Args:
        schema: The schema.
        streams: Whether to yield JSON before the text is complete.

    Attributes:
        original: The original text, if something was removed; else empty.
        thought: The removed reasoning.
        was_draft: Whether the yielded JSON was only a draft.
    """

    def __init__(self, schema: Mapping[str, Any], *, streams: bool = True) -> None:
        self._schema = schema
        self._only_objects = _is_object(schema)
        self._pieces: list[str] = []
        self._depth: JSONScanner | None = None
        self._begin = ""
        self._after = ""
        self._waits = self._is_prose = not streams
        self.original = ""
        self.thought = ""
        self.was_draft = False

    @classmethod
    def for_request(cls, request: JSON, *, streams: bool) -> "JSONOnly | None":
        """Return the extraction for a request's answer; `None` without a schema."""
        schema = _schema(request)
        if schema is None:
            return None
        return cls(schema, streams=streams)

    def feed(self, text: str) -> str:
        """Return the JSON in a piece."""
        self._pieces.append(text)
        if self._is_prose:
            return ""
        if self._depth is None:
            self._begin += text
            text = self._begun()
            if self._depth is None:
                return ""
        return self._inside(text)

    def end(self, *, has_calls: bool, was_cut: bool) -> str:
        """Return the rest of the JSON.

        Args:
            has_calls: Whether the answer calls tools: its text is then prose.
            was_cut: Whether the answer is truncated, so that JSON within prose may be incomplete.
        """
        whole = "".join(self._pieces)
        if self._depth is not None:
            if not self._depth.is_over:
                return ""
            if self._is_draft(whole):
                self.was_draft = True
                return self._after  # JSON was yielded already; parsers need the text after it
            if self._after.strip().strip("`").strip():
                self.original = whole
            return ""
        if self._waits:
            # The same as in a stream, except after a draft.
            streamed = JSONOnly(self._schema)
            text = streamed.feed(whole) + streamed.end(has_calls=has_calls, was_cut=was_cut)
            if has_calls or not streamed.was_draft:
                self.thought, self.original = streamed.thought, streamed.original
                return text
        thought, answer = _divided(whole)
        found = None if has_calls else self._json_in(answer, amid_prose=not was_cut)
        if found is None and not thought:
            return whole
        self.thought = thought
        if found is not None and not _is_all_of(answer, found):
            self.original = whole
        return answer.lstrip() if found is None else found

    def _is_draft(self, whole: str) -> bool:
        """Return whether the yielded JSON was only a draft of the answer."""
        if THOUGHT.search(self._after):
            return True
        first = whole[: len(whole) - len(self._after)]
        best = self._json_in(whole, amid_prose=True) if self._after.strip("` \r\n\t") else None
        return best is not None and best != _clean(first.strip().removesuffix("```").strip())

    def _begun(self) -> str:
        """Return the text from the beginning of the JSON on."""
        begin = self._begin
        head = _FENCE_HEAD.match(begin)
        start = head.end() if head else len(begin) - len(begin.lstrip())
        rest = begin[start:]
        if not rest or (not head and rest[0] == "`" and _FENCE_BEGUN.fullmatch(begin)):
            return ""
        if rest[0] == "{":
            follows = rest[1:].lstrip()[:1]
            if not follows:
                return ""
            is_json = follows in {'"', "}"}
        else:
            is_json = rest[0] == "[" and not self._only_objects
        if not is_json:
            self._is_prose = True
            return ""
        self._depth = JSONScanner()
        return rest

    def _inside(self, text: str) -> str:
        depth = self._depth
        if depth is None or depth.is_over:
            self._after += text
            return ""
        if _CONTROL.search(text) is None:
            end = depth.feed(text)
        else:
            text, end = _escaped(text, depth)
        if end is None:
            return text
        self._after = text[end:]
        return text[:end]

    def _json_in(self, text: str, *, amid_prose: bool) -> str | None:
        """Return the JSON in a text: the whole text, a fence's content, or a value within prose."""
        if (whole := self._whole(text)) is not None:
            return whole
        fenced = [self._whole(each) for each in _FENCE.findall(text)]
        if found := [each for each in fenced if each is not None]:
            return self._likeliest(found)
        return self._likeliest(self._amid_prose(text)) if amid_prose else None

    def _amid_prose(self, text: str) -> list[str]:
        found, place = [], _OPENING.search(text)
        while place is not None:
            begin = place.start()
            try:
                value, end = _decode(text, begin)
            except (ValueError, RecursionError):
                end = begin + 1
            else:
                if self._fits(value) and _balanced(text[:begin]):
                    found.append(_clean(text[begin:end]))
            place = _OPENING.search(text, end)
        return found

    def _likeliest(self, candidates: list[str]) -> str | None:
        """Return the candidate that is the answer."""
        if len(candidates) <= 1:
            return candidates[0] if candidates else None
        constrains = self._schema.keys() - {"type"}
        valid = [each for each in candidates if self._is_valid(each)] if constrains else []
        return valid[-1] if valid else max(reversed(candidates), key=len)

    def _is_valid(self, text: str) -> bool:
        from langchain_telnyx.chat_models.structured.validation import check_schema  # noqa: PLC0415 - seldom used

        try:
            validator = check_schema(dict(self._schema), "response_format")
        except ValueError:  # the server reports an invalid schema
            return False
        return bool(validator.is_valid(json.loads(text, strict=False)))

    def _whole(self, text: str) -> str | None:
        text = text.strip()
        try:
            value, end = _decode(text)
        except (ValueError, RecursionError):
            return None
        if text[end:].strip():
            return None
        if isinstance(value, str) and self._only_objects:  # encoded twice
            return self._whole(value)
        return _clean(text) if self._fits(value) else None

    def _fits(self, value: Any) -> bool:
        return isinstance(value, dict) or not self._only_objects


def after_thinking(text: str) -> str:
    """Return the text after reasoning, or the text if it contains none."""
    return _divided(text)[1]


def _divided(text: str) -> tuple[str, str]:
    """Return the reasoning in a text, and the answer after the last end of reasoning."""
    ends = list(THOUGHT.finditer(text))
    if not ends:
        return "", text
    last = ends[-1]
    thought = text[: last.start()]
    opened = _THINK.match(thought)
    return thought[opened.end() if opened else 0 :].strip(), text[last.end() :]


def _schema(request: JSON) -> Mapping[str, Any] | None:
    """Return the schema of a request, `None` if the answer may be any text."""
    form, guided = request.get("response_format"), request.get("guided_json")
    if isinstance(guided, Mapping):
        return guided
    if isinstance(form, Mapping) and form.get("type") == "json_schema":
        schema = (form.get("json_schema") or {}).get("schema")
        return schema if isinstance(schema, Mapping) else {}
    if isinstance(form, Mapping) and form.get("type") == "json_object":
        return {"type": "object"}
    return None


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object" or "properties" in schema


def _is_all_of(text: str, found: str) -> bool:
    """Return whether a text is the given JSON only, with or without a fence."""
    fenced = _ALL_FENCED.fullmatch(text)
    return _clean(fenced[1] if fenced else text.strip()) == found


def _clean(text: str) -> str:
    return text if _CONTROL.search(text) is None else _escaped(text, JSONScanner())[0]


def _escaped(text: str, depth: JSONScanner) -> tuple[str, int | None]:
    """Return a piece of JSON with escaped control characters in its strings, and its end."""
    made: list[str] = []
    size, place = 0, 0
    for match in _CONTROL.finditer(text):
        before = text[place : match.start()]
        made.append(before)
        end = None if depth.is_over else depth.feed(before)
        if end is not None:
            return "".join(made) + text[match.start() :], size + end
        sign = match[0]
        if depth.is_inside:
            sign = json.dumps(sign)[1:-1]
        made.append(sign)
        size += len(before) + len(sign)
        place = match.end()
    before = text[place:]
    end = depth.feed(before)
    return "".join(made) + before, None if end is None else size + end


def _balanced(text: str) -> bool:
    return text.count("{") == text.count("}") and text.count("[") == text.count("]")
