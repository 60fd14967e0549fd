"""Retrieval-augmented generation in one chain: retrieve passages, then answer with sources.

The chain is complete; copy it into your program and change the prompt.
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
    "Answer the question only from the documents below, and cite the document of each statement "
    "by its id, as in [1]. If they do not contain the answer, say so.\n\n{context}"
)
PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", _INSTRUCTIONS),
        ("human", "{question}"),
    ]
)


def answer_chain(retriever: BaseRetriever, model: BaseChatModel) -> Runnable[str, dict[str, Any]]:
    """Return a chain from a question to `question`, `documents` and `answer`."""
    retrieved = RunnableParallel(question=RunnablePassthrough(), documents=retriever)
    answer = RunnablePassthrough.assign(context=_context) | PROMPT | model | StrOutputParser()
    return retrieved.assign(answer=answer)


def document_source(document: Document) -> str:
    """Return the source of a document."""
    return str(document.metadata.get("source") or document.id)


def _context(state: dict[str, list[Document]]) -> str:
    return "\n".join(
        f'<document id="{number}" source={quoteattr(document_source(document))}>\n'
        # Escaped, so that a document cannot close its element and continue as the prompt.
        f"{document.page_content.replace('</document', '< /document')}\n</document>"
        for number, document in enumerate(state["documents"], 1)
    )
