# The only list of the exports; `__init__.py` reads it.
from langchain_telnyx.serve.app import create_app as create_app
from langchain_telnyx.serve.context import CallContext as CallContext
from langchain_telnyx.serve.context import current_call as current_call
from langchain_telnyx.serve.hooks import Hooks as Hooks
from langchain_telnyx.serve.hooks import Initialization as Initialization
from langchain_telnyx.serve.hooks import on_call_ended as on_call_ended
from langchain_telnyx.serve.hooks import on_call_started as on_call_started
from langchain_telnyx.serve.middleware import AssistantToolsMiddleware as AssistantToolsMiddleware
from langchain_telnyx.serve.settings import Limits as Limits
from langchain_telnyx.serve.settings import Speech as Speech
from langchain_telnyx.serve.tools import call_tools as call_tools
from langchain_telnyx.serve.webhooks.options import TextMessages as TextMessages

__all__: list[str]
