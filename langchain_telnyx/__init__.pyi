# The only list of the exports; `__init__.py` reads it.
from langchain_telnyx._shared.assumptions import AssumptionWarning as AssumptionWarning
from langchain_telnyx._version import __version__ as __version__
from langchain_telnyx.assistants import TelnyxAssistant as TelnyxAssistant
from langchain_telnyx.chat_models import ChatTelnyx as ChatTelnyx
from langchain_telnyx.chat_models.callbacks import TelnyxCostCallback as TelnyxCostCallback
from langchain_telnyx.chat_models.history import HistoryFinding as HistoryFinding
from langchain_telnyx.chat_models.history import HistoryReport as HistoryReport
from langchain_telnyx.chat_models.history import check_history as check_history
from langchain_telnyx.chat_models.registration import register_provider as register_provider
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
from langchain_telnyx.client.limit_errors import (
    RequestOverLimitError as RequestOverLimitError,
)
from langchain_telnyx.client.retry_budget import RetryState as RetryState
from langchain_telnyx.client.search_errors import RerankError as RerankError
from langchain_telnyx.client.speech_errors import AudioFormatError as AudioFormatError
from langchain_telnyx.client.speech_errors import PartialSpeechError as PartialSpeechError
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
from langchain_telnyx.document_loaders import (
    TelnyxRecordingTranscriptionLoader as TelnyxRecordingTranscriptionLoader,
)
from langchain_telnyx.embeddings import TelnyxEmbeddings as TelnyxEmbeddings
from langchain_telnyx.fine_tuning import afine_tune as afine_tune
from langchain_telnyx.fine_tuning import aresume_fine_tuning as aresume_fine_tuning
from langchain_telnyx.fine_tuning import fine_tune as fine_tune
from langchain_telnyx.fine_tuning import resume_fine_tuning as resume_fine_tuning
from langchain_telnyx.fine_tuning import training_jsonl as training_jsonl
from langchain_telnyx.insights import TelnyxInsights as TelnyxInsights
from langchain_telnyx.insights import TranscriptInsights as TranscriptInsights
from langchain_telnyx.insights import aanalyze_transcript as aanalyze_transcript
from langchain_telnyx.insights import analyze_transcript as analyze_transcript
from langchain_telnyx.rate_limiters import TelnyxRateLimiter as TelnyxRateLimiter
from langchain_telnyx.retrievers import TelnyxCollectionRetriever as TelnyxCollectionRetriever
from langchain_telnyx.retrievers import (
    TelnyxConversationRetriever as TelnyxConversationRetriever,
)
from langchain_telnyx.retrievers import TelnyxMemoryRetriever as TelnyxMemoryRetriever
from langchain_telnyx.retrievers import TelnyxRetriever as TelnyxRetriever
from langchain_telnyx.retrievers import TelnyxWebSearchRetriever as TelnyxWebSearchRetriever
from langchain_telnyx.speech import TelnyxSpeech as TelnyxSpeech
from langchain_telnyx.speech import TelnyxTextToSpeech as TelnyxTextToSpeech
from langchain_telnyx.store import TelnyxStore as TelnyxStore
from langchain_telnyx.tools.buckets import TelnyxListBucketsTool as TelnyxListBucketsTool
from langchain_telnyx.tools.buckets import TelnyxListFilesTool as TelnyxListFilesTool
from langchain_telnyx.tools.clusters import TelnyxClustersTool as TelnyxClustersTool
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
from langchain_telnyx.tools.speech import TelnyxTextToSpeechTool as TelnyxTextToSpeechTool
from langchain_telnyx.tools.toolkit import TelnyxToolkit as TelnyxToolkit
from langchain_telnyx.tools.web import TelnyxWebContents as TelnyxWebContents
from langchain_telnyx.tools.web import TelnyxWebResearch as TelnyxWebResearch
from langchain_telnyx.tools.web import TelnyxWebSearch as TelnyxWebSearch
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

__all__: list[str]
