"""`TelnyxTranslator`: how each part of a query is translated, with LangChain's own retriever."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from langchain_classic.chains.query_constructor.parser import get_parser
from langchain_classic.retrievers.self_query.base import SelfQueryRetriever
from langchain_core.structured_query import (
    Comparator,
    Comparison,
    Operation,
    Operator,
    StructuredQuery,
)

from langchain_telnyx import ChatTelnyx, TelnyxTranslator, TelnyxVectorStore

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

FILMS: list[tuple[str, dict[str, Any]]] = [
    (
        "Dinosaurs are brought back to life on an island, and break out.",
        {"title": "Jurassic Park", "year": 1993, "genres": ["action", "thriller"], "score": 7.7},
    ),
    (
        "A thief is lost in a dream within a dream within a dream.",
        {"title": "Inception", "year": 2010, "genres": ["action"], "score": 8.2},
    ),
    (
        "Toys come alive and have the time of their lives.",
        {"title": "Toy Story", "year": 1995, "genres": ["animation"], "score": 8.3},
    ),
    (
        "Three men walk into the Zone, three men walk out of it.",
        {"title": "Stalker", "year": 1979, "genres": ["thriller"], "score": 9.9},
    ),
]
RELEASED = ["1993-06-11", "2010-07-16T18:00:00Z", "1995-11-22", "1979-05-25T00:00:00+00:00"]


@pytest.fixture
def films(emulator: TelnyxEmulator) -> TelnyxVectorStore:
    store = TelnyxVectorStore("films", **emulator.options())
    store.add_texts(
        [text for text, _ in FILMS],
        [
            {**fields, "released": released}
            for (_, fields), released in zip(FILMS, RELEASED, strict=True)
        ],
    )
    return store


def retriever(
    emulator: TelnyxEmulator, films: TelnyxVectorStore, **options: Any
) -> SelfQueryRetriever:
    fields = {"title": "string", "year": "integer", "genres": "list", "score": "float"}
    return SelfQueryRetriever.from_llm(
        ChatTelnyx(**emulator.options()),
        films,
        "Summaries of films",
        [
            {"name": name, "description": f"The film's {name}", "type": kind}
            for name, kind in {**fields, "released": "date"}.items()
        ],
        structured_query_translator=TelnyxTranslator(),
        **options,
    )


@pytest.mark.parametrize(
    ("filter_", "titles"),
    [
        ("NO_FILTER", {"Inception", "Jurassic Park", "Stalker", "Toy Story"}),
        ('eq("year", 1993)', {"Jurassic Park"}),
        ('ne("year", 1993)', {"Inception", "Stalker", "Toy Story"}),
        ('gt("score", 8.2)', {"Toy Story", "Stalker"}),
        ('gte("score", 8.2)', {"Inception", "Stalker", "Toy Story"}),
        ('lt("year", 1990)', {"Stalker"}),
        ('lte("year", 1993)', {"Jurassic Park", "Stalker"}),
        ('in("year", [1993, 2010])', {"Inception", "Jurassic Park"}),
        ('nin("year", [1993, 2010])', {"Stalker", "Toy Story"}),
        ('in("genres", ["animation", "western"])', {"Toy Story"}),
        ('in("title", "Stalker")', {"Stalker"}),
        ('contain("genres", "thriller")', {"Jurassic Park", "Stalker"}),
        ('contain("genres", ["thriller", "action"])', {"Jurassic Park"}),
        ('contain("title", "ception")', {"Inception"}),
        ('like("title", "toy")', {"Toy Story"}),
        ('like("title", "%park")', {"Jurassic Park"}),
        ('and(gt("year", 1990), contain("genres", "action"))', {"Inception", "Jurassic Park"}),
        ('or(eq("title", "Stalker"), lt("score", 8))', {"Jurassic Park", "Stalker"}),
        ('not(contain("genres", "action"))', {"Stalker", "Toy Story"}),
        ('lt("released", "1993-06-12")', {"Jurassic Park", "Stalker"}),
        ('eq("released", "2010-07-16")', {"Inception"}),
        ('in("released", ["1979-05-25", "1995-11-22"])', {"Stalker", "Toy Story"}),
        ('gte("released", "2010-07-16T18:00:00Z")', {"Inception"}),
        ('contain("released", "1995-11-22")', {"Toy Story"}),
    ],
)
def test_the_self_query_retriever_applies_the_filter_of_the_model(
    emulator: TelnyxEmulator, films: TelnyxVectorStore, mode: Mode, filter_: str, titles: set[str]
) -> None:
    emulator.say(json.dumps({"query": "film", "filter": filter_}))
    found = mode.invoke(retriever(emulator, films), "Which films are there?")
    assert {document.metadata["title"] for document in found} == titles


def test_a_limit_becomes_the_number_of_documents(
    emulator: TelnyxEmulator, films: TelnyxVectorStore, mode: Mode
) -> None:
    emulator.say(json.dumps({"query": "toys", "filter": 'gt("year", 1990)', "limit": 1}))
    [found] = mode.invoke(retriever(emulator, films, enable_limit=True), "One film about toys")
    assert found.metadata["title"] == "Toy Story"


def test_a_query_of_only_conditions_searches_for_the_users_words(
    emulator: TelnyxEmulator, films: TelnyxVectorStore, mode: Mode
) -> None:
    emulator.requests.clear()
    emulator.say(json.dumps({"query": "", "filter": 'lt("year", 1990)'}))
    searcher = retriever(emulator, films, use_original_query=True)
    [found] = mode.invoke(searcher, "Films before 1990")
    assert found.metadata["title"] == "Stalker"
    searches = [json.loads(r.body) for r in emulator.requests if "similarity" in r.path]
    assert {search["query"] for search in searches} == {"Films before 1990"}


def test_a_blank_query_works_with_diversity(
    emulator: TelnyxEmulator, films: TelnyxVectorStore, mode: Mode
) -> None:
    emulator.say(json.dumps({"query": "", "filter": 'contain("genres", "thriller")'}))
    found = mode.invoke(retriever(emulator, films, search_type="mmr"), "Thrillers")
    assert {film.metadata["title"] for film in found} == {"Jurassic Park", "Stalker"}


def test_the_model_may_use_every_comparator_and_operator(
    emulator: TelnyxEmulator, films: TelnyxVectorStore
) -> None:
    emulator.say(json.dumps({"query": "film", "filter": "NO_FILTER"}))
    retriever(emulator, films).invoke("film")
    [prompt] = [r.body.decode() for r in emulator.requests if "chat/completions" in r.path]
    assert "eq | ne | gt | gte | lt | lte | contain | like | in | nin" in prompt
    assert "and | or | not" in prompt


def translated(text: str) -> Any:
    condition: Any = get_parser().parse(text)
    return TelnyxTranslator().visit_structured_query(StructuredQuery("moons", condition))


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ('eq("a", 1)', {"a": {"$eq": 1}}),
        ('in("a", 1)', {"a": {"$in": [1]}}),
        ('eq("a", "2024-05-31")', {"a": {"$eq": date(2024, 5, 31)}}),
        ('gt("a", "2024-05-31T12:00:00Z")', {"a": {"$gt": datetime(2024, 5, 31, 12, tzinfo=UTC)}}),
        ('like("a", "50%_")', {"a": {"$ilike": "50%_"}}),
        ('like("a", "a_b")', {"a": {"$ilike": r"%a\_b%"}}),
        ('like("a", "2024-05-31")', {"a": {"$ilike": "%2024-05-31%"}}),
        (
            'and(not(eq("a", true)), or(lt("b", 2.5), nin("c", ["x"])))',
            {
                "$and": [
                    {"$not": {"a": {"$eq": True}}},
                    {"$or": [{"b": {"$lt": 2.5}}, {"c": {"$nin": ["x"]}}]},
                ]
            },
        ),
    ],
)
def test_a_condition_becomes_a_filter(text: str, condition: dict[str, Any]) -> None:
    assert translated(text) == ("moons", {"filter": condition})


def test_a_query_without_conditions_has_no_filter() -> None:
    query = StructuredQuery("moons", None, limit=3)
    assert TelnyxTranslator().visit_structured_query(query) == ("moons", {})


@pytest.mark.filterwarnings("ignore:Dates are expected")
@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('eq("a", "2024-19-39")', "is not a date in ISO 8601"),
        ('not(eq("a", 1), eq("b", 1))', "`not` takes one argument, not 2"),
    ],
)
def test_an_invalid_condition_is_refused(text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        translated(text)


def test_an_operation_without_arguments_is_refused() -> None:
    for operator in (Operator.AND, Operator.OR):
        with pytest.raises(ValueError, match="takes at least one argument"):
            TelnyxTranslator().visit_operation(Operation(operator, []))


def test_comparators_that_a_subclass_disallows_are_refused() -> None:
    class Plain(TelnyxTranslator):
        allowed_comparators = (Comparator.EQ,)

    with pytest.raises(ValueError, match="disallowed"):
        Plain().visit_comparison(Comparison(Comparator.GT, "a", 1))
