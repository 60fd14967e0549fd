"""Decodes replies into values: the few shapes in which the API responds.

An invalid part does not affect the rest. An optional field that does not validate gets its default,
and its raw value is in `unreadable_fields`. A row that does not validate without such fields is in
`unreadable` of its list. Both are logged, once per response, by position and field.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from inspect import cleandoc
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from langchain_telnyx.client.call import Reply, ResponseBody
from langchain_telnyx.client.rows import Rows, UnreadableRow

_logger = logging.getLogger(__name__)

_UNREADABLE = "unreadable_fields"
_SHOWN = 5  # defects in one line of the log
_Place: TypeAlias = tuple[str | int, ...]

# Half of a surrogate pair is an escape, in the UTF-8 of another language, or in UTF-16 or UTF-32.
_MARKS_OF_HALVES = (b"\\u", b"\xed", b"\0")
_ATTRIBUTE = re.compile(r" {4}(\w+): *(.*)")


class Model(BaseModel):
    """A result of the API. New fields of the vendor become attributes too."""

    model_config = ConfigDict(
        extra="allow",
        protected_namespaces=(),
        frozen=True,
        # JSON has no such numbers, though Python reads them: they break sorting.
        allow_inf_nan=False,
    )

    @property
    def unreadable_fields(self) -> Mapping[str, Any]:
        """Optional fields that could not be read, with their raw values, by dotted path.

        The attributes of such fields have their defaults.
        """
        removed: Mapping[str, Any] = self.__dict__.get(_UNREADABLE, {})
        return removed

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Describe the fields with the section "Attributes" of the class's docstring."""
        super().__pydantic_init_subclass__(**kwargs)
        for name, text in _attributes(cls.__doc__ or "").items():
            if (field := cls.model_fields.get(name)) is not None and field.description is None:
                field.description = text


T = TypeVar("T")


def _attributes(docstring: str) -> dict[str, str]:
    """Return the attributes in a Google-style docstring, each in one line."""
    section = cleandoc(docstring).partition("\nAttributes:\n")[2]
    found: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if line and not line.startswith(" "):
            break  # the next section
        if begun := _ATTRIBUTE.match(line):
            name = begun[1]
            found[name] = begun[2]
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def data(kind: type[T]) -> Callable[[Reply], T]:
    """Return a decoder of `{"data": …}`, or of the bare value if the API does not wrap it."""

    def decode(reply: Reply) -> T:
        raw = unwrap(reply.json())
        try:
            return _adapter(kind).validate_python(raw)  # type: ignore[no-any-return]  # by its kind
        except ValidationError:
            value, invalid = _without_invalid_parts(kind, raw)
            log_unreadable(reply, _log_entries(value, invalid), [])
            return value

    return decode


def rows(kind: type[T], *names: str, part: bool = False) -> Callable[[Reply], Rows[T]]:
    """Return a decoder of a list of results; an invalid row does not affect the others.

    Args:
        kind: The type of each row.
        names: Names that the list may have, beside `data`.
        part: Whether the list is a page of others. If it is not, and the response reports more
            pages, that is logged: the API documents no way to request them.
    """

    def decode(reply: Reply) -> Rows[T]:
        body = reply.json()
        found = read_rows(kind, unwrap(body, *names), reply)
        if not part:
            _report_more(body, reply)
        return found

    return decode


def _report_more(body: Any, reply: Reply) -> None:
    meta = body.get("meta") if isinstance(body, dict) else None
    pages = meta.get("total_pages") if isinstance(meta, dict) else None
    if isinstance(pages, int) and pages > 1:
        _logger.warning(
            "%s: the response is one of %d pages, and this listing returns only the first",
            reply.request,
            pages,
        )


def read_rows(kind: type[T], raw: Any, reply: Reply) -> Rows[T]:
    """Return the rows of a list that was already parsed.

    Args:
        kind: The type of each row.
        raw: The parsed list.
        reply: Its response, for the log.

    Raises:
        ValidationError: It is not a list.
    """
    adapter = _adapter(list[kind])  # type: ignore[valid-type]  # a type made of a value
    try:
        return Rows(adapter.validate_python(raw))
    except ValidationError:
        if not isinstance(raw, list):
            raise
    read: Rows[T] = Rows()
    defects: list[str] = []
    for position, item in enumerate(raw):
        try:
            value, invalid = _without_invalid_parts(kind, item)
        except ValidationError as error:
            read.unreadable.append(UnreadableRow(position, item, reasons(error)))
        else:
            read.append(value)
            defects += [f"row {position}: {defect}" for defect in _log_entries(value, invalid)]
    log_unreadable(reply, defects, read.unreadable)
    return read


def read_field(kind: type[T], raw: Any, reply: Reply) -> T:
    """Return a value beside a list, such as its cursor, or the default if it is invalid.

    Args:
        kind: Its type, which must have a default for each field.
        raw: The parsed value.
        reply: Its response, for the log.
    """
    try:
        value, invalid = _without_invalid_parts(kind, raw)
    except ValidationError as error:
        if raw is not None:
            log_unreadable(reply, [reasons(error)], [])
        return kind()
    log_unreadable(reply, _log_entries(value, invalid), [])
    return value


def read(kind: type[T], raw: Any) -> T:
    """Return a value that was already parsed, without its invalid parts.

    Those are in its `unreadable_fields`.

    Args:
        kind: Its type.
        raw: The parsed value.

    Raises:
        ValidationError: It cannot be read without them.
    """
    try:
        return _adapter(kind).validate_python(raw)  # type: ignore[no-any-return]  # by its kind
    except ValidationError:
        return _without_invalid_parts(kind, raw)[0]


def read_value(kind: type[T], raw: Any, what: str) -> T:
    """Return a value without its invalid parts, which are logged.

    Args:
        kind: Its type, which must have a default for each field.
        raw: The parsed value.
        what: Its name in the log.
    """
    return read_field(kind, raw, Reply(200, {}, b"", what))


def unwrap(body: Any, *names: str) -> Any:
    """Return the content of a body's envelope, `data` or one of `names`, else the body."""
    if isinstance(body, dict):
        for name in ("data", *names):
            if name in body:
                return body[name]
    return body


def json_object(reply: Reply) -> ResponseBody:
    """Return a JSON object with its response's headers.

    Raises:
        TypeError: The body is JSON, but not an object.
    """
    body = reply.json()
    if not isinstance(body, dict):
        raise TypeError(f"the body is not a JSON object, but {type(body).__name__}")
    halves = any(mark in reply.content for mark in _MARKS_OF_HALVES)
    return ResponseBody(body, reply.headers, reply.redactor, may_have_halves=halves)


def check_empty(reply: Reply) -> None:
    """Check that a response whose body is not used comes from the API.

    Raises:
        ValueError: It is an HTML page, invalid JSON, or an error with a 2xx.
    """
    kind = reply.headers.get("content-type", "")
    if kind.startswith("text/html"):
        raise ValueError("the body is an HTML page")
    if "json" in kind and reply.content.strip() and reports_error(reply.json()):
        raise ValueError("the body is an error")


def reports_error(body: Any) -> bool:
    """Whether a body is one of the API's errors, with any status."""
    return isinstance(body, dict) and bool(body.get("errors") or body.get("error"))


def reasons(error: ValidationError) -> str:
    """Return why a value is invalid, by field, without quoting it."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{_dotted(each['loc']) or 'all of it'} ({each['msg']})" for each in found[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(found) - _SHOWN} more" if found[_SHOWN:] else "")


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return _cached_adapter(kind)


@cache
def _cached_adapter(kind: Any) -> TypeAdapter[Any]:
    # Creating one takes longer than decoding most replies with it.
    return TypeAdapter(kind)


def _without_invalid_parts(kind: type[T], raw: Any) -> tuple[T, dict[_Place, str]]:
    """Return a value without its invalid parts, with those and the reasons.

    A part is omitted by itself; if its container requires it, the container is omitted next.

    Raises:
        ValidationError: It cannot be read without them.
    """
    invalid: dict[_Place, str] = {}
    first: ValidationError | None = None
    while True:
        try:
            value: T = _adapter(kind).validate_python(_without_places(raw, invalid))
        except ValidationError as error:
            first = first or error
            found = error.errors(include_url=False, include_context=False, include_input=False)
            # Positions refer to the value before this round, so all places are computed first.
            more = {_place(raw, each["loc"], invalid): each["msg"] for each in reversed(found)}
            if () in more:
                raise first from None
            invalid |= more
        else:
            break
    inside = {
        place for place in invalid if any(place[:end] in invalid for end in range(1, len(place)))
    }
    outermost = {place: why for place, why in invalid.items() if place not in inside}
    if outermost and isinstance(value, Model):
        removed = {_dotted(place): _at(raw, place) for place in outermost}
        # Read by a property; not a field, so not shown or dumped.
        vars(value)[_UNREADABLE] = removed
    return value, outermost


def _place(raw: Any, loc: Sequence[str | int], invalid: Mapping[_Place, str]) -> _Place:
    """Return the place in `raw` of an error in the value without earlier invalid parts.

    It is the container if a field is missing, and the value if a union fails.
    """
    place: _Place = ()
    for step in loc:
        if isinstance(raw, dict) and step in raw and (*place, step) not in invalid:
            raw, place = raw[step], (*place, step)
        elif isinstance(raw, list) and isinstance(step, int):
            at = [at for at in range(len(raw)) if (*place, at) not in invalid][step]
            raw, place = raw[at], (*place, at)
        else:
            break
    return place


def _without_places(raw: Any, invalid: Mapping[_Place, str]) -> Any:
    """Return a copy of `raw` without the parts at some places."""
    containers = {place[:end] for place in invalid for end in range(len(place))}

    def copied(value: Any, place: _Place) -> Any:
        if place not in containers:
            return value
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        left = [
            (at, copied(part, (*place, at))) for at, part in steps if (*place, at) not in invalid
        ]
        return dict(left) if isinstance(value, dict) else [part for _, part in left]

    return copied(raw, ())


def _at(raw: Any, place: _Place) -> Any:
    for step in place:
        raw = raw[step]
    return raw


def _dotted(place: Sequence[str | int]) -> str:
    return ".".join(str(step) for step in place)


def _log_entries(value: Any, invalid: Mapping[_Place, str]) -> list[str]:
    """Return the unreadable fields to log; some servers write null for "not given"."""
    removed = value.unreadable_fields if isinstance(value, Model) else {}
    return [
        f"{_dotted(at)} ({why})"
        for at, why in invalid.items()
        if removed.get(_dotted(at)) is not None or isinstance(at[-1], int)
    ]


def log_unreadable(
    reply: Reply, defects: Sequence[str], unreadable: Sequence[UnreadableRow]
) -> None:
    """Log the unreadable parts of a response, one line for rows and one for fields.

    Args:
        reply: The response.
        defects: Fields, with the reasons.
        unreadable: Rows.
    """
    if unreadable:
        _logger.warning(
            "%s: %d rows could not be read, and are in `unreadable` of the list: %s",
            reply.request,
            len(unreadable),
            _first([f"row {row.position}: {row.reason}" for row in unreadable]),
        )
    if defects:
        _logger.warning(
            "%s: fields could not be read, and are in `unreadable_fields`: %s",
            reply.request,
            _first(defects),
        )


def _first(defects: Sequence[str]) -> str:
    more = f"; and {len(defects) - _SHOWN} more" if defects[_SHOWN:] else ""
    return "; ".join(defects[:_SHOWN]) + more
