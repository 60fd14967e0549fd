"""From a reply to a value: the few shapes in which the API answers.

What is odd costs no more than itself. An optional field that does not validate has its default, and
its raw value stands in `unreadable_fields`; a row that does not validate without such fields stands
in `unreadable` of its list. Both are logged, once for each answer, by position and field.
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
_SHOWN = 5  # defects named in one line of the log
_Place: TypeAlias = tuple[str | int, ...]

_ATTRIBUTE = re.compile(r" {4}(\w+): *(.*)")


class Model(BaseModel):
    """A result of the API. Fields the vendor adds later are kept, as attributes too."""

    model_config = ConfigDict(
        extra="allow",
        protected_namespaces=(),
        frozen=True,
        # JSON has no such numbers, though Python reads them: one would spoil any order.
        allow_inf_nan=False,
    )

    @property
    def unreadable_fields(self) -> Mapping[str, Any]:
        """Optional fields that could not be read, as the API wrote them, by dotted path.

        The attributes of such fields have their defaults.
        """
        held: Mapping[str, Any] = self.__dict__.get(_UNREADABLE, {})
        return held

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Describe the fields as the section "Attributes" of the class's docstring does."""
        super().__pydantic_init_subclass__(**kwargs)
        for name, text in _attributes(cls.__doc__ or "").items():
            if (field := cls.model_fields.get(name)) is not None and field.description is None:
                field.description = text


T = TypeVar("T")


def _attributes(docstring: str) -> dict[str, str]:
    """Return the attributes that a docstring of Google's style describes, each in one line."""
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
    """Return a decoder of `{"data": …}`, or of the bare value where the API does not wrap it."""

    def decode(reply: Reply) -> T:
        raw = unwrap(reply.json())
        try:
            return _adapter(kind).validate_python(raw)  # type: ignore[no-any-return]  # by its kind
        except ValidationError:
            value, odd = _without_odd_parts(kind, raw)
            log_unreadable(reply, _noted(value, odd), [])
            return value

    return decode


def rows(kind: type[T], *names: str, part: bool = False) -> Callable[[Reply], Rows[T]]:
    """Return a decoder of a list of results, each read by itself where one of them is odd.

    Args:
        kind: What each row is.
        names: Under which names the list may stand, beside `data`.
        part: Whether the list is a page of others. Where it is not, and the answer says that more
            pages follow, that is logged: the API documents no way to ask for them.
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
            "%s: the answer is one of %d pages, and this list has no others: it is not the whole",
            reply.request,
            pages,
        )


def read_rows(kind: type[T], raw: Any, reply: Reply) -> Rows[T]:
    """Return the rows of a list that was parsed already.

    Args:
        kind: What each row is.
        raw: The list, as it was parsed.
        reply: What it came with, for the log.

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
            value, odd = _without_odd_parts(kind, item)
        except ValidationError as error:
            read.unreadable.append(UnreadableRow(position, item, reasons(error)))
        else:
            read.append(value)
            defects += [f"row {position}: {defect}" for defect in _noted(value, odd)]
    log_unreadable(reply, defects, read.unreadable)
    return read


def read_field(kind: type[T], raw: Any, reply: Reply) -> T:
    """Return what stands beside a list, such as its cursor, or its default where it is odd.

    Args:
        kind: What it is; it must have a default for each field.
        raw: What was parsed.
        reply: What it came with, for the log.
    """
    try:
        value, odd = _without_odd_parts(kind, raw)
    except ValidationError as error:
        if raw is not None:
            log_unreadable(reply, [reasons(error)], [])
        return kind()
    log_unreadable(reply, _noted(value, odd), [])
    return value


def read(kind: type[T], raw: Any) -> T:
    """Return a value that was parsed already, without its parts that cannot be read.

    They stand in its `unreadable_fields`.

    Args:
        kind: What it is.
        raw: What was parsed.

    Raises:
        ValidationError: It cannot be read without them.
    """
    try:
        return _adapter(kind).validate_python(raw)  # type: ignore[no-any-return]  # by its kind
    except ValidationError:
        return _without_odd_parts(kind, raw)[0]


def read_value(kind: type[T], raw: Any, what: str) -> T:
    """Return a value read without its parts that do not validate; those are logged.

    Args:
        kind: What it is; it must have a default for each field.
        raw: What was parsed.
        what: What to call it in the log.
    """
    return read_field(kind, raw, Reply(200, {}, b"", what))


def unwrap(body: Any, *names: str) -> Any:
    """Return what stands in a body's envelope, `data` or one of `names`, else the body."""
    if isinstance(body, dict):
        for name in ("data", *names):
            if name in body:
                return body[name]
    return body


def json_object(reply: Reply) -> ResponseBody:
    """Return a JSON object with the headers it came with.

    Raises:
        TypeError: The body is JSON, but no object.
    """
    body = reply.json()
    if not isinstance(body, dict):
        raise TypeError(f"a JSON object was expected, not {type(body).__name__}")
    return ResponseBody(body, reply.headers, reply.redactor)


def check_empty(reply: Reply) -> None:
    """Check that an answer whose body does not matter is the API's own.

    Raises:
        ValueError: It is a page, JSON that cannot be read, or an error that came with a 2xx.
    """
    kind = reply.headers.get("content-type", "")
    if kind.startswith("text/html"):
        raise ValueError("the body is an HTML page")
    if "json" in kind and reply.content.strip() and reports_error(reply.json()):
        raise ValueError("the body is an error")


def reports_error(body: Any) -> bool:
    """Whether a body is one of the API's errors, whatever status it came with."""
    return isinstance(body, dict) and bool(body.get("errors") or body.get("error"))


def reasons(error: ValidationError) -> str:
    """Return why something could not be read, by field, without quoting it."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{_dotted(each['loc']) or 'all of it'} ({each['msg']})" for each in found[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(found) - _SHOWN} more" if found[_SHOWN:] else "")


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return _made(kind)


@cache
def _made(kind: Any) -> TypeAdapter[Any]:
    # Building one takes longer than reading most replies with it.
    return TypeAdapter(kind)


def _without_odd_parts(kind: type[T], raw: Any) -> tuple[T, dict[_Place, str]]:
    """Return a value read without its parts that do not validate, with those and the reasons.

    A part is left out by itself; where its container cannot do without it, the container is the
    part that is left out next.

    Raises:
        ValidationError: It cannot be read without them.
    """
    odd: dict[_Place, str] = {}
    first: ValidationError | None = None
    while True:
        try:
            value: T = _adapter(kind).validate_python(_less(raw, odd))
        except ValidationError as error:
            first = first or error
            found = error.errors(include_url=False, include_context=False, include_input=False)
            # Positions are those in what was left before: places are found before any is added.
            more = {_place(raw, each["loc"], odd): each["msg"] for each in reversed(found)}
            if () in more:
                raise first from None
            odd |= more
        else:
            break
    inside = {place for place in odd if any(place[:end] in odd for end in range(1, len(place)))}
    outermost = {place: why for place, why in odd.items() if place not in inside}
    if outermost and isinstance(value, Model):
        held = {_dotted(place): _at(raw, place) for place in outermost}
        vars(value)[_UNREADABLE] = held  # a property reads it; no field, so not shown or dumped
    return value, outermost


def _place(raw: Any, loc: Sequence[str | int], odd: Mapping[_Place, str]) -> _Place:
    """Return where in `raw` an error lies that was found in what is left of it.

    That is the container where something is missing, and the value where a union has failed.
    """
    place: _Place = ()
    for step in loc:
        if isinstance(raw, dict) and step in raw and (*place, step) not in odd:
            raw, place = raw[step], (*place, step)
        elif isinstance(raw, list) and isinstance(step, int):
            at = [at for at in range(len(raw)) if (*place, at) not in odd][step]
            raw, place = raw[at], (*place, at)
        else:
            break
    return place


def _less(raw: Any, odd: Mapping[_Place, str]) -> Any:
    """Return `raw` without the parts at some places; what holds them is copied."""
    containers = {place[:end] for place in odd for end in range(len(place))}

    def copied(value: Any, place: _Place) -> Any:
        if place not in containers:
            return value
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        left = [(at, copied(part, (*place, at))) for at, part in steps if (*place, at) not in odd]
        return dict(left) if isinstance(value, dict) else [part for _, part in left]

    return copied(raw, ())


def _at(raw: Any, place: _Place) -> Any:
    for step in place:
        raw = raw[step]
    return raw


def _dotted(place: Sequence[str | int]) -> str:
    return ".".join(str(step) for step in place)


def _noted(value: Any, odd: Mapping[_Place, str]) -> list[str]:
    """Return what to log of fields that could not be read; null is how some write "not given"."""
    held = value.unreadable_fields if isinstance(value, Model) else {}
    return [
        f"{_dotted(at)} ({why})"
        for at, why in odd.items()
        if held.get(_dotted(at)) is not None or isinstance(at[-1], int)
    ]


def log_unreadable(reply: Reply, defects: Sequence[str], lost: Sequence[UnreadableRow]) -> None:
    """Log what of an answer could not be read, a line each for rows and fields.

    Args:
        reply: The answer.
        defects: Fields, with the reasons.
        lost: Rows.
    """
    if lost:
        _logger.warning(
            "%s: %d rows could not be read, and stand in `unreadable` of the list: %s",
            reply.request,
            len(lost),
            _first([f"row {row.position}: {row.reason}" for row in lost]),
        )
    if defects:
        _logger.warning(
            "%s: fields could not be read, and stand in `unreadable_fields`: %s",
            reply.request,
            _first(defects),
        )


def _first(defects: Sequence[str]) -> str:
    more = f"; and {len(defects) - _SHOWN} more" if defects[_SHOWN:] else ""
    return "; ".join(defects[:_SHOWN]) + more
