"""Signatures, forms, names and headers, compared with other libraries for any text and bytes."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import botocore.auth
import python_multipart
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.formparser import parse_form_data

from langchain_telnyx.client.call import object_path
from langchain_telnyx.client.error_details import retry_after
from langchain_telnyx.client.errors import ValueTooLargeError
from langchain_telnyx.client.multipart import FilePart, Multipart, encode_multipart
from langchain_telnyx.client.sigv4 import signed_headers
from langchain_telnyx.store.names import Address, address_of, name_of, prefix_of
from tests.support.hypothesis_profiles import examples

NOW = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NAME = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
# Parsers remove the folder of a Windows path, since an old browser sent whole paths.
FIELD = NAME.filter(lambda name: not name.startswith("\\\\") and name[1:3] != ":\\")
# Valid header values; `client.http` refuses others.
VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
HEADER = st.from_regex(r"x-amz-meta-[a-z]{1,6}", fullmatch=True)


@settings(max_examples=examples(200), deadline=None)
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD"]),
    key=NAME.filter(lambda key: not {".", ".."} & set(key.split("/"))),
    query=st.lists(st.tuples(NAME, TEXT), max_size=3).map(tuple),
    headers=st.dictionaries(HEADER, VALUE, max_size=3),
    payload=st.none() | st.binary(max_size=20),
    region=st.sampled_from(["us-central-1", "us-east-1"]),
)
def test_any_request_has_the_signature_of_botocore(
    *,
    method: str,
    key: str,
    query: tuple[tuple[str, str], ...],
    headers: dict[str, str],
    payload: bytes | None,
    region: str,
) -> None:
    url = "https://us-central-1.telnyxcloudstorage.com" + object_path("bucket", key)
    ours = signed_headers(
        method, url, query, headers, payload=payload, key="KEY0", region=region, now=NOW
    )
    params: Any = list(query)  # a list of pairs: names may repeat
    request = AWSRequest(
        method=method, url=url, params=params, headers=headers, data=payload or b""
    )
    config = Config(s3={"payload_signing_enabled": payload is not None})
    request.context["client_config"] = config
    moment = NOW.replace(tzinfo=None)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=moment):
        S3SigV4Auth(Credentials("KEY0", "KEY0"), "s3", region).add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]


def quoted(name: str) -> str:
    """Return a name in the browsers' encoding: quotes and line ends are percent-encoded."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


@settings(max_examples=examples(150), deadline=None)
@given(
    fields=st.lists(st.tuples(FIELD, TEXT), max_size=3),
    # python-multipart skips parameters after one that ends with an escaped backslash.
    files=st.lists(
        st.tuples(
            FIELD.filter(lambda name: not name.endswith("\\")), FIELD, st.binary(max_size=60)
        ),
        max_size=2,
    ),
)
def test_werkzeug_and_python_multipart_parse_any_form(
    fields: list[tuple[str, str]], files: list[tuple[str, str, bytes]]
) -> None:
    parts = [FilePart(name, filename, content) for name, filename, content in files]
    kind, pieces = encode_multipart(Multipart(fields, parts))
    body = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    expected = (
        [(quoted(name), value.encode()) for name, value in fields],
        [(quoted(name), quoted(filename), content) for name, filename, content in files],
    )
    # werkzeug decodes the browsers' encoding of quotes.
    unquoted: Any = [[tuple(map(plain, each)) for each in group] for group in expected]
    if b"\\" not in body:  # which it does not always treat as an escape
        assert by_werkzeug(kind, body) == (sorted(unquoted[0]), sorted(unquoted[1]))
    assert by_python_multipart(kind, body) == expected


def plain(value: Any) -> Any:
    return value.replace("%22", '"') if isinstance(value, str) else value


def by_werkzeug(kind: str, body: bytes) -> tuple[list[Any], list[Any]]:
    environ = {
        "wsgi.input": io.BytesIO(body),
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "REQUEST_METHOD": "POST",
    }
    _, form, sent = parse_form_data(environ, silent=False)
    files = []
    for name, file in sent.items(multi=True):
        files.append((name, file.filename, file.read()))
        file.close()
    return sorted((name, value.encode()) for name, value in form.items(multi=True)), sorted(files)


def by_python_multipart(kind: str, body: bytes) -> tuple[list[Any], list[Any]]:
    fields: list[Any] = []
    files: list[Any] = []

    def on_file(file: Any) -> None:
        file.file_object.seek(0)
        name, filename = file.field_name.decode(), file.file_name.decode()
        files.append((name, filename, file.file_object.read()))
        file.close()

    headers: Any = {"Content-Type": kind.encode(), "Content-Length": str(len(body)).encode()}
    python_multipart.parse_form(
        headers,
        io.BytesIO(body),
        lambda field: fields.append(((field.field_name or b"").decode(), field.value or b"")),
        on_file,
    )
    return fields, files


LABEL = st.text(max_size=8)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(LABEL, max_size=3).map(tuple), LABEL)
def test_an_item_is_found_by_its_name_and_by_each_parent_namespace(
    namespace: tuple[str, ...], key: str
) -> None:
    try:
        name = name_of(Address(namespace, key))
    except ValueTooLargeError:
        return
    assert address_of(name) == (namespace, key)
    for depth in range(len(namespace) + 1):
        assert name.startswith(prefix_of(namespace[:depth]) or "")
    assert name.isascii()
    assert not {".", ".."} & set(name.split("/"))


@given(st.text(max_size=30))
def test_a_name_of_another_program_is_skipped_or_round_trips(name: str) -> None:
    found = address_of(name)
    assert found is None or name_of(found) == name


DATES = st.from_regex(
    r"(Mon, )?[0-9]{1,3} (Jan|Feb|Foo) [0-9]{1,6} [0-9]{1,3}:[0-9]{2}(:[0-9]{2})?"
    r"( GMT| [+-][0-9]{1,20})?",
    fullmatch=True,
)
VALUES = st.one_of(
    DATES,
    st.text(max_size=12),
    st.floats().map(str),
    st.sampled_from(["inf", "-1", "nan", "1e999"]),
)


@settings(max_examples=examples(500), deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset"]),
        VALUES,
        max_size=3,
    ),
    st.sampled_from(["", "0", "1"]),
)
def test_any_retry_after_header_is_a_pause_or_none(headers: dict[str, str], remaining: str) -> None:
    wait = retry_after({**headers, "x-ratelimit-remaining": remaining})
    assert wait is None or wait >= 0
