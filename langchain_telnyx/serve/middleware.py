"""Offers the assistant's own tools, such as hang up and transfer, to the model of an agent.

```python
from langchain.agents import create_agent
from langchain_telnyx import ChatTelnyx
from langchain_telnyx.serve import AssistantToolsMiddleware

agent = create_agent(ChatTelnyx(), [], middleware=[AssistantToolsMiddleware()])
```
"""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, hook_config
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime

from langchain_telnyx.serve.context import current_context


class AssistantToolsMiddleware(AgentMiddleware[AgentState[Any], Any]):
    """Middleware of `create_agent` that offers the tools which Telnyx executes.

    When the model calls only such tools, the run ends with their calls. When it also calls tools
    of the agent, those run first, and the model decides again.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/serve.md
    """

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model with the assistant's tools in addition."""
        return handler(_with_tools(request))

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Call the model with the assistant's tools in addition."""
        return await handler(_with_tools(request))

    @hook_config(can_jump_to=["end"])
    def after_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:  # noqa: ARG002 - the interface
        """End the run with calls of the assistant's tools."""
        message = state["messages"][-1]
        names = _tool_names()
        if not isinstance(message, AIMessage) or not message.tool_calls or not names:
            return None
        own = [call for call in message.tool_calls if call["name"] not in names]
        if not own:
            return {"jump_to": "end"}
        if len(own) == len(message.tool_calls):
            return None
        return {"messages": [message.model_copy(update={"tool_calls": own})]}

    @hook_config(can_jump_to=["end"])
    async def aafter_model(
        self, state: AgentState[Any], runtime: Runtime[Any]
    ) -> dict[str, Any] | None:
        """End the run with calls of the assistant's tools."""
        return self.after_model(state, runtime)


def _with_tools(request: ModelRequest[Any]) -> ModelRequest[Any]:
    context = current_context.get()
    if context is None or not context.tools:
        return request
    return request.override(tools=[*request.tools, *(dict(tool) for tool in context.tools)])


def _tool_names() -> set[str]:
    context = current_context.get()
    return set() if context is None else {str(tool["function"]["name"]) for tool in context.tools}
