"""Middleware for agents of `langchain.agents.create_agent`; needs the package `langchain`."""

try:
    from langchain_telnyx.middleware.answers import TelnyxAnswerMiddleware
    from langchain_telnyx.middleware.history import TelnyxHistoryMiddleware
    from langchain_telnyx.middleware.model_router import ModelChoice, TelnyxModelRouterMiddleware
except ImportError as error:
    raise ImportError(
        "Middleware is for agents of the package langchain: run `pip install langchain`."
    ) from error

__all__ = [
    "ModelChoice",
    "TelnyxAnswerMiddleware",
    "TelnyxHistoryMiddleware",
    "TelnyxModelRouterMiddleware",
]
