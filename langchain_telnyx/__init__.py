"""Telnyx AI for LangChain: chat, retrieval over Telnyx buckets, and an emulator of the API.

Names are imported when they are first used: importing this package loads nothing else. One whose
extra is not installed is there all the same, and raises an `ImportError` that names the extra when
it is called or subclassed.
"""

import importlib
from typing import TYPE_CHECKING, Any

from langchain_telnyx._version import __version__

if TYPE_CHECKING:
    from langchain_telnyx.chat_models import ChatTelnyx as ChatTelnyx
    from langchain_telnyx.chat_models.callbacks import TelnyxCostCallback as TelnyxCostCallback
    from langchain_telnyx.chat_models.history import HistoryFinding as HistoryFinding
    from langchain_telnyx.chat_models.history import HistoryReport as HistoryReport
    from langchain_telnyx.chat_models.history import check_history as check_history
    from langchain_telnyx.chat_models.registration import register as register
    from langchain_telnyx.chat_models.server_tools import TelnyxRetrievalTool as TelnyxRetrievalTool
    from langchain_telnyx.client.answer_errors import UnusableAnswerError as UnusableAnswerError
    from langchain_telnyx.client.deadlines import deadline as deadline
    from langchain_telnyx.client.errors import APIConnectionError as APIConnectionError
    from langchain_telnyx.client.errors import APIResponseError as APIResponseError
    from langchain_telnyx.client.errors import APIStatusError as APIStatusError
    from langchain_telnyx.client.errors import APITimeoutError as APITimeoutError
    from langchain_telnyx.client.errors import AuthenticationError as AuthenticationError
    from langchain_telnyx.client.errors import BadRequestError as BadRequestError
    from langchain_telnyx.client.errors import ConfigurationError as ConfigurationError
    from langchain_telnyx.client.errors import ConflictError as ConflictError
    from langchain_telnyx.client.errors import ContextOverflowError as ContextOverflowError
    from langchain_telnyx.client.errors import DeadlineError as DeadlineError
    from langchain_telnyx.client.errors import DimensionError as DimensionError
    from langchain_telnyx.client.errors import FileTooLargeError as FileTooLargeError
    from langchain_telnyx.client.errors import InvalidTextError as InvalidTextError
    from langchain_telnyx.client.errors import ListingError as ListingError
    from langchain_telnyx.client.errors import ListingTimeoutError as ListingTimeoutError
    from langchain_telnyx.client.errors import NotFoundError as NotFoundError
    from langchain_telnyx.client.errors import PartialEmbeddingsError as PartialEmbeddingsError
    from langchain_telnyx.client.errors import PartialError as PartialError
    from langchain_telnyx.client.errors import PermissionDeniedError as PermissionDeniedError
    from langchain_telnyx.client.errors import (
        PreviousTurnNotFoundError as PreviousTurnNotFoundError,
    )
    from langchain_telnyx.client.errors import RateLimitError as RateLimitError
    from langchain_telnyx.client.errors import ServerError as ServerError
    from langchain_telnyx.client.errors import StreamError as StreamError
    from langchain_telnyx.client.errors import StreamTimeoutError as StreamTimeoutError
    from langchain_telnyx.client.errors import TaskError as TaskError
    from langchain_telnyx.client.errors import TaskTimeoutError as TaskTimeoutError
    from langchain_telnyx.client.errors import TelnyxError as TelnyxError
    from langchain_telnyx.client.errors import TextTooLongError as TextTooLongError
    from langchain_telnyx.client.errors import (
        UnprocessableEntityError as UnprocessableEntityError,
    )
    from langchain_telnyx.client.errors import ValueTooLargeError as ValueTooLargeError
    from langchain_telnyx.client.retry_budget import RetryState as RetryState
    from langchain_telnyx.client.telnyx import Telnyx as Telnyx
    from langchain_telnyx.client.webhook_errors import (
        MalformedWebhookError as MalformedWebhookError,
    )
    from langchain_telnyx.client.webhook_errors import StaleWebhookError as StaleWebhookError
    from langchain_telnyx.client.webhook_errors import UnsignedWebhookError as UnsignedWebhookError
    from langchain_telnyx.client.webhook_errors import WebhookError as WebhookError
    from langchain_telnyx.client.webhook_errors import (
        WebhookSignatureError as WebhookSignatureError,
    )
    from langchain_telnyx.client.write_errors import FileReadError as FileReadError
    from langchain_telnyx.client.write_errors import InvalidDocumentsError as InvalidDocumentsError
    from langchain_telnyx.client.write_errors import PartialWriteError as PartialWriteError
    from langchain_telnyx.client.write_errors import TrainingDataError as TrainingDataError
    from langchain_telnyx.client.write_errors import WriteOutcome as WriteOutcome
    from langchain_telnyx.client.write_errors import WriteTimeoutError as WriteTimeoutError
    from langchain_telnyx.conversations.message_history import (
        TelnyxChatMessageHistory as TelnyxChatMessageHistory,
    )
    from langchain_telnyx.document_loaders import TelnyxClustersLoader as TelnyxClustersLoader
    from langchain_telnyx.document_loaders import (
        TelnyxConversationLoader as TelnyxConversationLoader,
    )
    from langchain_telnyx.embeddings import TelnyxEmbeddings as TelnyxEmbeddings
    from langchain_telnyx.fine_tuning import afine_tune as afine_tune
    from langchain_telnyx.fine_tuning import aresume_fine_tuning as aresume_fine_tuning
    from langchain_telnyx.fine_tuning import fine_tune as fine_tune
    from langchain_telnyx.fine_tuning import resume_fine_tuning as resume_fine_tuning
    from langchain_telnyx.fine_tuning import training_jsonl as training_jsonl
    from langchain_telnyx.insights import TelnyxInsights as TelnyxInsights
    from langchain_telnyx.insights import TranscriptInsights as TranscriptInsights
    from langchain_telnyx.insights import aanalyze as aanalyze
    from langchain_telnyx.insights import analyze as analyze
    from langchain_telnyx.retrievers import (
        TelnyxConversationRetriever as TelnyxConversationRetriever,
    )
    from langchain_telnyx.retrievers import TelnyxKnowledgeRetriever as TelnyxKnowledgeRetriever
    from langchain_telnyx.retrievers import TelnyxMemoryRetriever as TelnyxMemoryRetriever
    from langchain_telnyx.retrievers import TelnyxRetriever as TelnyxRetriever
    from langchain_telnyx.store import TelnyxStore as TelnyxStore
    from langchain_telnyx.tools.buckets import TelnyxListBucketsTool as TelnyxListBucketsTool
    from langchain_telnyx.tools.buckets import TelnyxListFilesTool as TelnyxListFilesTool
    from langchain_telnyx.tools.conversations import (
        TelnyxListConversationsTool as TelnyxListConversationsTool,
    )
    from langchain_telnyx.tools.conversations import (
        TelnyxReadConversationTool as TelnyxReadConversationTool,
    )
    from langchain_telnyx.tools.counts import TelnyxCountInsightsTool as TelnyxCountInsightsTool
    from langchain_telnyx.tools.files import TelnyxSummarizeTool as TelnyxSummarizeTool
    from langchain_telnyx.tools.files import TelnyxTranscribeTool as TelnyxTranscribeTool
    from langchain_telnyx.tools.insight_writing import (
        TelnyxAssignInsightTool as TelnyxAssignInsightTool,
    )
    from langchain_telnyx.tools.insight_writing import (
        TelnyxCreateInsightGroupTool as TelnyxCreateInsightGroupTool,
    )
    from langchain_telnyx.tools.insight_writing import (
        TelnyxCreateInsightTool as TelnyxCreateInsightTool,
    )
    from langchain_telnyx.tools.insights import (
        TelnyxConversationInsightsTool as TelnyxConversationInsightsTool,
    )
    from langchain_telnyx.tools.insights import TelnyxListInsightsTool as TelnyxListInsightsTool
    from langchain_telnyx.tools.search import TelnyxSearchTool as TelnyxSearchTool
    from langchain_telnyx.tools.toolkit import TelnyxToolkit as TelnyxToolkit
    from langchain_telnyx.tools.topics import TelnyxTopicsTool as TelnyxTopicsTool
    from langchain_telnyx.transcription.loader import (
        TelnyxTranscriptionLoader as TelnyxTranscriptionLoader,
    )
    from langchain_telnyx.transcription.loader import (
        TelnyxTranscriptionParser as TelnyxTranscriptionParser,
    )
    from langchain_telnyx.transcripts import Transcript as Transcript
    from langchain_telnyx.transcripts import Turn as Turn
    from langchain_telnyx.transcripts import Word as Word
    from langchain_telnyx.vectorstores import ListedDocument as ListedDocument
    from langchain_telnyx.vectorstores import TelnyxVectorStore as TelnyxVectorStore
    from langchain_telnyx.vectorstores.query_constructors import (
        TelnyxTranslator as TelnyxTranslator,
    )

__all__ = [
    "APIConnectionError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ChatTelnyx",
    "ConfigurationError",
    "ConflictError",
    "ContextOverflowError",
    "DeadlineError",
    "DimensionError",
    "FileReadError",
    "FileTooLargeError",
    "HistoryFinding",
    "HistoryReport",
    "InvalidDocumentsError",
    "InvalidTextError",
    "ListedDocument",
    "ListingError",
    "ListingTimeoutError",
    "MalformedWebhookError",
    "NotFoundError",
    "PartialEmbeddingsError",
    "PartialError",
    "PartialWriteError",
    "PermissionDeniedError",
    "PreviousTurnNotFoundError",
    "RateLimitError",
    "RetryState",
    "ServerError",
    "StaleWebhookError",
    "StreamError",
    "StreamTimeoutError",
    "TaskError",
    "TaskTimeoutError",
    "Telnyx",
    "TelnyxAssignInsightTool",
    "TelnyxChatMessageHistory",
    "TelnyxClustersLoader",
    "TelnyxConversationInsightsTool",
    "TelnyxConversationLoader",
    "TelnyxConversationRetriever",
    "TelnyxCostCallback",
    "TelnyxCountInsightsTool",
    "TelnyxCreateInsightGroupTool",
    "TelnyxCreateInsightTool",
    "TelnyxEmbeddings",
    "TelnyxError",
    "TelnyxInsights",
    "TelnyxKnowledgeRetriever",
    "TelnyxListBucketsTool",
    "TelnyxListConversationsTool",
    "TelnyxListFilesTool",
    "TelnyxListInsightsTool",
    "TelnyxMemoryRetriever",
    "TelnyxReadConversationTool",
    "TelnyxRetrievalTool",
    "TelnyxRetriever",
    "TelnyxSearchTool",
    "TelnyxStore",
    "TelnyxSummarizeTool",
    "TelnyxToolkit",
    "TelnyxTopicsTool",
    "TelnyxTranscribeTool",
    "TelnyxTranscriptionLoader",
    "TelnyxTranscriptionParser",
    "TelnyxTranslator",
    "TelnyxVectorStore",
    "TextTooLongError",
    "TrainingDataError",
    "Transcript",
    "TranscriptInsights",
    "Turn",
    "UnprocessableEntityError",
    "UnsignedWebhookError",
    "UnusableAnswerError",
    "ValueTooLargeError",
    "WebhookError",
    "WebhookSignatureError",
    "Word",
    "WriteOutcome",
    "WriteTimeoutError",
    "__version__",
    "aanalyze",
    "afine_tune",
    "analyze",
    "aresume_fine_tuning",
    "check_history",
    "deadline",
    "fine_tune",
    "register",
    "resume_fine_tuning",
    "training_jsonl",
]

_MODULES = {
    "ChatTelnyx": "langchain_telnyx.chat_models",
    "HistoryFinding": "langchain_telnyx.chat_models.history",
    "HistoryReport": "langchain_telnyx.chat_models.history",
    "ListedDocument": "langchain_telnyx.vectorstores",
    "RetryState": "langchain_telnyx.client.retry_budget",
    "Telnyx": "langchain_telnyx.client.telnyx",
    "TelnyxAssignInsightTool": "langchain_telnyx.tools.insight_writing",
    "TelnyxChatMessageHistory": "langchain_telnyx.conversations.message_history",
    "TelnyxClustersLoader": "langchain_telnyx.document_loaders",
    "TelnyxConversationInsightsTool": "langchain_telnyx.tools.insights",
    "TelnyxConversationLoader": "langchain_telnyx.document_loaders",
    "TelnyxConversationRetriever": "langchain_telnyx.retrievers",
    "TelnyxCostCallback": "langchain_telnyx.chat_models.callbacks",
    "TelnyxCountInsightsTool": "langchain_telnyx.tools.counts",
    "TelnyxCreateInsightGroupTool": "langchain_telnyx.tools.insight_writing",
    "TelnyxCreateInsightTool": "langchain_telnyx.tools.insight_writing",
    "TelnyxEmbeddings": "langchain_telnyx.embeddings",
    "TelnyxInsights": "langchain_telnyx.insights",
    "TelnyxKnowledgeRetriever": "langchain_telnyx.retrievers",
    "TelnyxListBucketsTool": "langchain_telnyx.tools.buckets",
    "TelnyxListConversationsTool": "langchain_telnyx.tools.conversations",
    "TelnyxListFilesTool": "langchain_telnyx.tools.buckets",
    "TelnyxListInsightsTool": "langchain_telnyx.tools.insights",
    "TelnyxMemoryRetriever": "langchain_telnyx.retrievers",
    "TelnyxReadConversationTool": "langchain_telnyx.tools.conversations",
    "TelnyxRetrievalTool": "langchain_telnyx.chat_models.server_tools",
    "TelnyxRetriever": "langchain_telnyx.retrievers",
    "TelnyxSearchTool": "langchain_telnyx.tools.search",
    "TelnyxStore": "langchain_telnyx.store",
    "TelnyxSummarizeTool": "langchain_telnyx.tools.files",
    "TelnyxToolkit": "langchain_telnyx.tools.toolkit",
    "TelnyxTopicsTool": "langchain_telnyx.tools.topics",
    "TelnyxTranscribeTool": "langchain_telnyx.tools.files",
    "TelnyxTranscriptionLoader": "langchain_telnyx.transcription.loader",
    "TelnyxTranscriptionParser": "langchain_telnyx.transcription.loader",
    "TelnyxTranslator": "langchain_telnyx.vectorstores.query_constructors",
    "TelnyxVectorStore": "langchain_telnyx.vectorstores",
    "Transcript": "langchain_telnyx.transcripts",
    "TranscriptInsights": "langchain_telnyx.insights",
    "Turn": "langchain_telnyx.transcripts",
    "Word": "langchain_telnyx.transcripts",
    "aanalyze": "langchain_telnyx.insights",
    "afine_tune": "langchain_telnyx.fine_tuning",
    "analyze": "langchain_telnyx.insights",
    "aresume_fine_tuning": "langchain_telnyx.fine_tuning",
    "check_history": "langchain_telnyx.chat_models.history",
    "deadline": "langchain_telnyx.client.deadlines",
    "fine_tune": "langchain_telnyx.fine_tuning",
    "register": "langchain_telnyx.chat_models.registration",
    "resume_fine_tuning": "langchain_telnyx.fine_tuning",
    "training_jsonl": "langchain_telnyx.fine_tuning",
    **{name: "langchain_telnyx.client.errors" for name in __all__ if name.endswith("Error")},
    **dict.fromkeys(
        (
            "FileReadError",
            "InvalidDocumentsError",
            "PartialWriteError",
            "TrainingDataError",
            "WriteOutcome",
            "WriteTimeoutError",
        ),
        "langchain_telnyx.client.write_errors",
    ),
    **{name: "langchain_telnyx.client.webhook_errors" for name in __all__ if "Webhook" in name},
    "UnusableAnswerError": "langchain_telnyx.client.answer_errors",
}

if not TYPE_CHECKING:  # so that type checkers still see a misspelt name

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            value = getattr(importlib.import_module(_MODULES[name]), name)
        except ImportError as error:
            if isinstance(error, ModuleNotFoundError) or error.__cause__ is None:
                raise  # a fault, and no extra that is missing: that is said in words of ours
            # Not kept: the extra may be installed while the program runs, as in a notebook.
            return importlib.import_module("langchain_telnyx._shared.extras").stand_in(
                name, __name__, error
            )
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
