"""Tools for agents: files of buckets, conversations and their insights, and the web."""

from langchain_telnyx.tools.buckets import TelnyxListBucketsTool, TelnyxListFilesTool
from langchain_telnyx.tools.clusters import TelnyxClustersTool
from langchain_telnyx.tools.conversations import (
    TelnyxListConversationsTool,
    TelnyxReadConversationTool,
)
from langchain_telnyx.tools.counts import TelnyxCountInsightsTool
from langchain_telnyx.tools.files import TelnyxSummarizeTool, TelnyxTranscribeTool
from langchain_telnyx.tools.insight_writing import (
    TelnyxAssignInsightTool,
    TelnyxCreateInsightGroupTool,
    TelnyxCreateInsightTool,
)
from langchain_telnyx.tools.insights import TelnyxConversationInsightsTool, TelnyxListInsightsTool
from langchain_telnyx.tools.search import TelnyxSearchTool
from langchain_telnyx.tools.speech import TelnyxTextToSpeechTool
from langchain_telnyx.tools.toolkit import TelnyxToolkit
from langchain_telnyx.tools.web import TelnyxWebContents, TelnyxWebResearch, TelnyxWebSearch

__all__ = [
    "TelnyxAssignInsightTool",
    "TelnyxClustersTool",
    "TelnyxConversationInsightsTool",
    "TelnyxCountInsightsTool",
    "TelnyxCreateInsightGroupTool",
    "TelnyxCreateInsightTool",
    "TelnyxListBucketsTool",
    "TelnyxListConversationsTool",
    "TelnyxListFilesTool",
    "TelnyxListInsightsTool",
    "TelnyxReadConversationTool",
    "TelnyxSearchTool",
    "TelnyxSummarizeTool",
    "TelnyxTextToSpeechTool",
    "TelnyxToolkit",
    "TelnyxTranscribeTool",
    "TelnyxWebContents",
    "TelnyxWebResearch",
    "TelnyxWebSearch",
]
