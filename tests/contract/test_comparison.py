"""docs/comparison.md has a row for every public name of the peers, and each row is true."""

from __future__ import annotations

import copy
import importlib
import re
from typing import TYPE_CHECKING, Any

import compare_peers
import pytest
import spec
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage, content

import langchain_telnyx
from langchain_telnyx import ChatTelnyx, check_history
from tests.chat_models.history_adapter.test_block_table import SAMPLES
from tests.chat_models.output.test_finish_reasons import completion, event, model_of, sse, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STORED = compare_peers.stored()
MIDDLEWARE_TESTS = [
    (spec.ROOT / "tests" / name).read_text("utf-8")
    for name in (
        "chat_models/test_agents.py",
        "middleware/test_langchain_middleware.py",
        "middleware/test_model_router.py",
    )
]


def rows() -> Iterator[tuple[str, str]]:
    """Return every name with its row's last cell."""
    decided = compare_peers.decided()
    for table in (decided["methods"], decided["parameters"], *decided["names"].values()):
        yield from table.items()
    yield from decided["answers"].items()
    for made in (compare_peers.options, compare_peers.methods, compare_peers.embeddings):
        yield from ((cells[0], cells[-1]) for cells in made(STORED))


@pytest.mark.contract
@pytest.mark.timeout(600)
def test_every_public_name_of_the_installed_peers_has_a_row() -> None:
    surface = compare_peers.read()
    for part in compare_peers.PARTS:
        assert compare_peers.markdown(part, surface)
    assert surface == STORED, f"Run {compare_peers.__file__} --read."


def test_the_page_is_current() -> None:
    page = compare_peers.PAGE.read_text("utf-8")
    assert page == compare_peers.rewritten(page, STORED), f"Run {compare_peers.__file__}."


def test_the_script_rewrites_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    marks = [f"<!-- {part}: begin -->old<!-- {part}: end -->" for part in compare_peers.PARTS]
    page.write_text("\n".join(["Above.", *marks, "Below."]))
    compare_peers.main([str(page)])
    written = page.read_text("utf-8")
    assert written.startswith("Above.\n<!-- options: begin -->\n\n| option |")
    assert written.endswith("<!-- blocks: end -->\nBelow.")
    assert "old" not in written.split()
    with pytest.raises(ValueError, match="no block between"):
        compare_peers.rewritten("No markers.", STORED)


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("options", ("classes", "ChatOpenAI", "options")),
        ("options", ("classes", "ChatAnthropic", "options")),
        ("embeddings", ("classes", "OpenAIEmbeddings", "options")),
        ("methods", ("classes", "ChatAnthropic", "methods")),
        ("methods", ("classes", "ChatOpenAI", "methods", "bind_tools")),
        ("embeddings", ("classes", "OpenAIEmbeddings", "methods", "embed_query")),
        ("langchain-openai", ("names", "langchain_openai", "langchain_openai.middleware")),
        ("langchain-anthropic", ("names", "langchain_anthropic", "langchain_anthropic")),
        ("langchain", ("names", "langchain.agents", "langchain.agents.middleware")),
        ("answers", ("blocks", "langchain-core")),
        ("blocks", ("blocks", "OpenAI")),
        ("blocks", ("blocks", "Anthropic")),
    ],
)
def test_a_name_that_nobody_decided_on_is_an_error(part: str, path: tuple[str, ...]) -> None:
    surface = copy.deepcopy(STORED)
    held: Any = surface
    for each in path:
        held = held[each]
    if isinstance(held, dict):
        held["brand_new"] = []
    else:
        held.append("brand_new")
    with pytest.raises(KeyError, match="brand_new"):
        compare_peers.markdown(part, surface)


def test_every_row_says_here_or_why_not() -> None:
    found = list(rows())
    assert len(found) > 350
    wrong = [
        name for name, text in found if not re.match(r"here($|: |; |, |\. | as `)|no: \S", text)
    ]
    assert wrong == []


def _home(package: str) -> str:
    return "langchain.agents" if package == "langchain" else package


def test_no_row_is_of_a_name_that_is_gone() -> None:
    decided, classes = compare_peers.decided(), STORED["classes"]
    for package, table in decided["names"].items():
        public = compare_peers.public(STORED, _home(package))
        assert table.keys() == public.keys()
    methods = {each for found in classes.values() for each in found["methods"]}
    assert decided["methods"].keys() <= methods
    shown = {
        cells[0] for cells in (*compare_peers.methods(STORED), *compare_peers.embeddings(STORED))
    }
    assert {f"`{name}`" for name in decided["parameters"]} <= shown
    assert [*decided["answers"]] == STORED["blocks"]["langchain-core"]


def is_there(name: str) -> bool:
    """Whether a name is ours, one of `ChatTelnyx`, of langchain or of langchain-core."""
    if name in compare_peers.public(STORED, "langchain.agents"):
        return True
    middleware = importlib.import_module("langchain_telnyx.middleware")
    parsers = importlib.import_module("langchain_core.output_parsers.openai_tools")
    first, _, last = name.partition(".")
    if any(hasattr(home, first) for home in (middleware, parsers)):
        return True
    if first in ChatTelnyx.model_fields or first == "model":
        return True
    ours = getattr(langchain_telnyx, first, None)
    return ours is not None and (not last or hasattr(ours, last))


def test_what_a_row_says_is_here_is_there() -> None:
    decided = compare_peers.decided()
    tables = (decided["methods"], decided["parameters"], *decided["names"].values())
    here = [text for table in tables for text in table.values() if text.startswith("here")]
    assert len(here) > 80
    named = [re.findall(r"`([^`]+)`", text)[0] for text in here]
    assert [name for name in named if not is_there(name)] == []


def test_what_a_row_calls_tested_is() -> None:
    tested = {
        re.findall(r"`([^`]+)`", text)[0]
        for text in compare_peers.decided()["names"]["langchain"].values()
        if "tested" in text
    }
    assert len(tested) > 15
    assert [name for name in tested if not any(name in text for text in MIDDLEWARE_TESTS)] == []


CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
SEARCH = {"type": "web_search", "id": "s1", "web_search": {"query": "q"}, "output": "Titan."}
BROKEN = {"id": "call_2", "type": "function", "function": {"name": "x", "arguments": "["}}
ANSWER: dict[str, Any] = {
    "content": "Titan.",
    "reasoning_content": "Hm.",
    "refusal": "Not that.",
    "annotations": [
        {"type": "url_citation", "url_citation": {"url": "https://example.com"}},
        {"type": "file_citation", "file_citation": {"file_id": "f1"}},
    ],
    "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
    "audio": {"id": "a1", "data": "UklGRg==", "transcript": "Titan.", "expires_at": 1},
    "tool_calls": [
        CALL,
        {**CALL, "id": "call_2", "function": {"name": "x", "arguments": "["}},
        SEARCH,
    ],
}


def kinds(message: Any) -> set[str]:
    blocks = message.content_blocks
    inside = [one for block in blocks for one in block.get("annotations", ())]
    return {each["type"] for each in (*blocks, *inside)}


@pytest.mark.parametrize("output_version", [None, "v1"])
def test_an_answer_brings_the_blocks_that_are_here(output_version: Any) -> None:
    options = {"output_version": output_version} if output_version else {}
    body = completion("stop", "")
    body["choices"][0]["message"] = {"role": "assistant", **ANSWER}
    found = kinds(model_of(whole(body), **options)[0].invoke("Hi"))
    calls = [{**call, "index": index} for index, call in enumerate(ANSWER["tool_calls"])]
    parts = event({"content": [{"type": "hologram", "beam": 1}]})
    stream = sse(event({**ANSWER, "tool_calls": calls}), parts, event({}, "stop"))
    chunks = list(model_of(stream, **options)[0].stream("Hi"))
    for chunk in (*chunks, chunks[0].__add__(chunks[1:])):
        found |= kinds(chunk)
    rows = compare_peers.decided()["answers"]
    here = {kind for kind, text in rows.items() if text.startswith("here")}
    if output_version:
        here.remove("invalid_tool_call")  # langchain-core leaves the piece of one as it is
    if not hasattr(content, "RefusalContentBlock"):
        here.remove("refusal")  # before langchain-core 1.7.5
    assert found == here


OF_A_KIND: dict[str, set[str]] = {
    "non_standard": {"as the block that it holds"},
    "video": {"its address, as text"},
}


def findings(kind: str, place: str) -> set[str]:
    block = {"type": kind, **SAMPLES[kind]}
    content_with_it: list[Any] = [{"type": "text", "text": "And"}, block]
    last = [AIMessage("So it is."), HumanMessage("Well?")]
    call = ToolCall(name="f", args={}, id="f1")
    histories: dict[str, list[Any]] = {
        "user": [HumanMessage(content_with_it)],
        "assistant": [HumanMessage("Hi"), AIMessage(content_with_it)],
        "result": [
            HumanMessage("Hi"),
            AIMessage("", tool_calls=[call]),
            ToolMessage([block], tool_call_id="f1"),
        ],
    }
    return {each.kind for each in check_history([*histories[place], *last]).findings}


@pytest.mark.parametrize("kind", [cells[0].strip("`") for cells in compare_peers.blocks(STORED)])
def test_a_block_of_a_history_fares_as_its_row_says(kind: str) -> None:
    [cells] = [each[2:] for each in compare_peers.blocks(STORED) if each[0] == f"`{kind}`"]
    for place, word in zip(("user", "assistant", "result"), cells, strict=True):
        found = findings(kind, place)
        if word == compare_peers.LEFT_TO_ITS_PROVIDER:
            assert found == {"foreign block"}
        elif word in {compare_peers.LEFT_OUT, compare_peers.REFUSED}:
            assert found == {"unsendable block"}
        elif word in {"text", "a call, or its result"}:
            assert not found & {"foreign block", "unsendable block"}
        else:
            assert word in {"image, recording or text", "its text, if it is text"} | OF_A_KIND.get(
                kind, set()
            )
