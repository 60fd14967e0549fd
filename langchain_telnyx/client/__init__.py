"""The low-level client of the Telnyx AI API. It does not use LangChain."""

from langchain_telnyx.client.call import Call, Flow, Reply, Sleep
from langchain_telnyx.client.config import Config, Retry, configure
from langchain_telnyx.client.telnyx import Telnyx

__all__ = ["Call", "Config", "Flow", "Reply", "Retry", "Sleep", "Telnyx", "configure"]
