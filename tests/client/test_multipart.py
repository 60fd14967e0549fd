"""Forms with files, parsed with another library."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from werkzeug.formparser import parse_form_data

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Call
from langchain_telnyx.client.decode import check_empty
from langchain_telnyx.client.multipart import FilePart, Multipart

BYTES = bytes(range(256)) * 5000 + b"\r\n--boundary\r\n"


class File(NamedTuple):
    name: str | None
    content_type: str | None
    content: bytes


class Receiver:
    """A server that stores the request bodies, and refuses the first attempt."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []

    def __call__(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        del method, path
        self.received.append((headers, body))
        return 503 if len(self.received) == 1 else 200, {"retry-after": "0"}, b"{}"

    def form(self, attempt: int) -> tuple[list[tuple[str, str]], dict[str, File]]:
        headers, body = self.received[attempt]
        environ = {
            "wsgi.input": io.BytesIO(body),
            "CONTENT_TYPE": headers["content-type"],
            "CONTENT_LENGTH": headers["content-length"],
            "REQUEST_METHOD": "POST",
        }
        _, fields, files = parse_form_data(environ, silent=False)
        found = {}
        for name, file in files.items():
            found[name] = File(file.filename, file.content_type, file.read())
            file.close()
        return list(fields.items(multi=True)), found


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def send(
    as_async: Callable[[Telnyx], Any], serve: Callable[..., str], receiver: Receiver
) -> Callable[[Multipart], Any]:
    api = as_async(Telnyx(api_key="KEY", base_url=serve(receiver)))
    return lambda form: api.send(Call("POST", "/upload", check_empty, body=form, repeatable=True))


@pytest.mark.parametrize("on_disk", [False, True])
async def test_fields_and_files_arrive_whole_at_every_attempt(
    send: Callable[[Multipart], Any], receiver: Receiver, tmp_path: Path, *, on_disk: bool
) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(BYTES)
    file = FilePart("file", "call.wav", path if on_disk else BYTES, "audio/wav")
    fields = [("model", "a model"), ("words[]", "ä"), ("words[]", "𝄞\r\nb"), ("empty", "")]
    await send(Multipart(fields, [file]))
    for attempt in (0, 1):
        form, files = receiver.form(attempt)
        assert form == fields
        assert files == {"file": File("call.wav", "audio/wav", BYTES)}


@pytest.mark.parametrize(
    ("name", "arrives"),
    [
        ("Größe 1.wav", "Größe 1.wav"),
        ("calls\\may\\", "calls\\may\\"),
        ('a "quoted" name.wav', 'a "quoted" name.wav'),
        (
            "a\r\nContent-Type: text/html\r\n\r\n.wav",
            "a%0D%0AContent-Type: text/html%0D%0A%0D%0A.wav",
        ),
    ],
)
async def test_a_file_name_cannot_end_its_header(
    send: Callable[[Multipart], Any], receiver: Receiver, name: str, arrives: str
) -> None:
    await send(Multipart([], [FilePart("file", name, b"data", "audio/wav")]))
    _, files = receiver.form(1)
    assert files == {"file": File(arrives, "audio/wav", b"data")}


async def test_a_form_without_files_is_a_form(
    send: Callable[[Multipart], Any], receiver: Receiver
) -> None:
    await send(Multipart([("a", "1")]))
    form, files = receiver.form(1)
    assert (form, files) == ([("a", "1")], {})


HALF = "a\ud83d"


@pytest.mark.parametrize(
    ("form", "named"),
    [
        (Multipart([("model", HALF)]), "field `model` has half of a surrogate pair"),
        (Multipart((), [FilePart("file", HALF, b"x")]), "field `file` has half of a surrogate"),
        (Multipart((), [FilePart("file", "a", b"x", "a/b\r\nx: y")]), "media type 'a/b.*`file`"),
        (Multipart((), [FilePart("file", "a", b"x", "ä/b")]), "media type 'ä/b' .*`file`"),
    ],
)
async def test_a_value_that_a_form_cannot_have_is_refused_by_name(
    receiver: Receiver, send: Callable[..., Any], form: Multipart, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        await send(form)
    assert receiver.received == []


async def test_a_value_that_a_header_cannot_have_is_refused_by_name(
    serve: Callable[..., str],
) -> None:
    client = Telnyx(api_key="KEY0123", base_url=serve(Receiver()))
    for value in ("a\r\nx-more: 1", "naïve", "a\0", HALF):
        call = Call("POST", "/x", check_empty, headers={"X-Note": value})
        with pytest.raises(ValueError, match="the header `x-note`") as caught:
            client.send(call)
        assert value not in str(caught.value)
        with pytest.raises(ValueError, match="the header `x-note`"):
            await client.aio.send(call)
