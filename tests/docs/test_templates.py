"""The page of each integration has the sections of LangChain's templates."""

import re

import pytest

from tests.docs.blocks import ROOT

SETUP = ["Setup", "Credentials", "Installation"]
PAGES = {
    "assistants": ["Instantiation", "Invocation", "Chaining"],
    "chat": ["Instantiation", "Invocation", "Chaining"],
    "clusters": [],
    "conversations": [],
    "embeddings": ["Instantiation", "Indexing and retrieval", "Direct usage"],
    "insights": ["Chaining"],
    "knowledge": ["Instantiation", "Usage", "In a chain"],
    "memory": [],
    "retrievers": ["Instantiation", "Usage", "In a chain"],
    "speech": ["Instantiation", "Invocation", "Chaining"],
    "tools": ["Instantiation", "Invocation", "In an agent"],
    "transcription": ["Instantiation", "Load", "Lazy load"],
    "vectorstores": ["Instantiation", "Manage", "Query", "Retrieval-augmented generation"],
    "web-search": ["Tools for agents", "Retriever"],
}


@pytest.mark.parametrize("page", PAGES)
def test_the_page_of_an_integration_has_the_sections_of_the_template(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    headings = re.findall(r"^##+ (.*)$", text, re.MULTILINE)
    wanted = ["Overview", *SETUP, *PAGES[page], "API reference"]
    assert [heading for heading in headings if heading in wanted] == wanted
    assert re.search(r"## Overview\n\n\|", text), "a table of the integration's details"
    reference = text.partition("## API reference")[2]
    assert "https://developers.telnyx.com/" in reference
    assert "`help(" in reference
