"""Retrieval-augmented generation in one chain: find passages, then answer from them with sources.

This is the whole of it; copy it into your program and change the prompt.
"""

from typing import Any
from xml.sax.saxutils import quoteattr

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableParallel, RunnablePassthrough

_INSTRUCTIONS = (
    "Answer the question from the documents below alone, and cite the document of each statement "
    "by its id, as in [1]. If they do not hold the answer, say so.\n\n{context}"
)
PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", _INSTRUCTIONS),
        ("human", "{question}"),
    ]
)


def answering(retriever: BaseRetriever, model: BaseChatModel) -> Runnable[str, dict[str, Any]]:
    """Return a chain from a question to `question`, `documents` and `answer`."""
    found = RunnableParallel(question=RunnablePassthrough(), documents=retriever)
    answer = RunnablePassthrough.assign(context=_context) | PROMPT | model | StrOutputParser()
    return found.assign(answer=answer)


def source(document: Document) -> str:
    """Return where a document is from, in a word."""
    return str(document.metadata.get("source") or document.id)


def _context(state: dict[str, list[Document]]) -> str:
    return "\n".join(
        f'<document id="{number}" source={quoteattr(source(document))}>\n'
        # A document cannot close its own element and go on as if it were the prompt.
        f"{document.page_content.replace('</document', '< /document')}\n</document>"
        for number, document in enumerate(state["documents"], 1)
    )
