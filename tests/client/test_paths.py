"""Names in paths and queries: quoted, one segment each, without dot segments."""

from collections.abc import Callable

import pytest

from langchain_telnyx.client.call import object_path, omit_none, path, query
from langchain_telnyx.client.sigv4 import encode_query


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("plain-name_1.0~", "plain-name_1.0~"),
        ("a b", "a%20b"),
        ("a/b", "a%2Fb"),
        ("a?b#c&d=e", "a%3Fb%23c%26d%3De"),
        ("50%", "50%25"),
        ("%2e%2e", "%252e%252e"),
        ("a+b", "a%2Bb"),
        ("é", "%C3%A9"),
        ("😀", "%F0%9F%98%80"),
        ("{}", "%7B%7D"),
        ("it's (a) *star*!", "it%27s%20%28a%29%20%2Astar%2A%21"),
        ("...", "..."),
        ("line\nend\0", "line%0Aend%00"),
    ],
)
def test_a_value_becomes_one_quoted_segment(value: str, quoted: str) -> None:
    assert path("/ai/embeddings/{}/x", value) == f"/ai/embeddings/{quoted}/x"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_value_that_changes_the_path_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be part of a path"):
        path("/ai/embeddings/{}", value)


HALF = "a\ud83d"


@pytest.mark.parametrize(
    ("build", "named"),
    [
        (lambda: path("/ai/models/{}", HALF), "A part of the path"),
        (lambda: object_path("docs", HALF), "The object key"),
        (lambda: encode_query((("prefix", HALF),)), "The query parameter `prefix`"),
    ],
)
def test_text_with_half_of_a_surrogate_pair_is_refused_by_name(
    build: Callable[[], str], named: str
) -> None:
    with pytest.raises(ValueError, match=f"^{named}.*half of a surrogate pair at character 1"):
        build()


def test_values_fill_a_template_in_order() -> None:
    assert path("/a/{}/b/{}/c", "1", "{}") == "/a/1/b/%7B%7D/c"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a.txt", "/b/a.txt"),
        ("dir/sub dir/ä.txt", "/b/dir/sub%20dir/%C3%A4.txt"),
        ("a+b=c&d?e#f%g", "/b/a%2Bb%3Dc%26d%3Fe%23f%25g"),
        ("folder/", "/b/folder/"),
        ("a//b", "/b/a//b"),
        ("/leading", "/b//leading"),
        ("..hidden/x..", "/b/..hidden/x.."),
        ("it's (a) *star*!", "/b/it%27s%20%28a%29%20%2Astar%2A%21"),
    ],
)
def test_slashes_separate_the_segments_of_a_key(key: str, expected: str) -> None:
    assert object_path("b", key) == expected


@pytest.mark.parametrize("key", [".", "..", "a/../b", "./a", "a/.", "../../etc/passwd"])
def test_a_key_with_dot_segments_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="another object"):
        object_path("b", key)


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        object_path("b", "")


@pytest.mark.parametrize("bucket", ["", ".", ".."])
def test_a_bucket_that_changes_the_path_is_refused(bucket: str) -> None:
    with pytest.raises(ValueError, match="cannot be part of a path"):
        object_path(bucket, "a")


def test_query_parameters_keep_their_order_and_lists_repeat_their_name() -> None:
    assert query(status=["queued", "failure"], limit=5, deep=True, shallow=False, page=None) == (
        ("status", "queued"),
        ("status", "failure"),
        ("limit", "5"),
        ("deep", "true"),
        ("shallow", "false"),
    )


def test_omitted_fields_are_not_sent() -> None:
    assert omit_none(a=1, b=None, c=0, d="", e=False) == {"a": 1, "c": 0, "d": "", "e": False}
