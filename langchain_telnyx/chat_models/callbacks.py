"""`TelnyxCostCallback`: the total cost of the answers of a run."""

from decimal import Decimal
from threading import Lock
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from langchain_telnyx.chat_models.output.standard_blocks import PROVIDER


class TelnyxCostCallback(BaseCallbackHandler):
    """Adds up the cost of answers; usable for several runs and threads at once.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/chat.md#cost-and-the-catalogue

    Example:
        ```python
        from langchain_telnyx import ChatTelnyx, TelnyxCostCallback

        costs = TelnyxCostCallback()
        model = ChatTelnyx(model="moonshotai/Kimi-K2.6")
        model.batch(["Name a moon.", "Name another."], config={"callbacks": [costs]})
        print(costs.total, costs.by_model)
        ```

    Attributes:
        by_model: Cost in USD by model.
        answers: Number of answers with a cost.
        unpriced: Number of answers without one, because the model's price is unknown.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.by_model: dict[str, Decimal] = {}
        self.answers = 0
        self.unpriced = 0

    @property
    def total(self) -> Decimal:
        """The sum, in USD."""
        with self._lock:
            return sum(self.by_model.values(), Decimal(0))

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:  # noqa: ARG002 - core's
        """Add the cost of an answer."""
        for generations in response.generations:
            # A response may contain several answers; the first has the cost of all.
            first = generations[0] if generations else None
            if isinstance(first, ChatGeneration):
                self._add(first.message)

    def _add(self, message: BaseMessage) -> None:
        metadata = message.response_metadata
        if metadata.get("model_provider") != PROVIDER or _from_cache(message):
            return
        cost = metadata.get("cost")
        with self._lock:
            if cost is None:
                self.unpriced += 1
                return
            self.answers += 1
            name = metadata["model_name"]
            self.by_model[name] = self.by_model.get(name, Decimal(0)) + Decimal(cost)

    def __repr__(self) -> str:
        return f"TelnyxCostCallback(total={self.total}, answers={self.answers})"


def _from_cache(message: BaseMessage) -> bool:
    # langchain-core's mark on an answer from its cache.
    usage = message.usage_metadata if isinstance(message, AIMessage) else None
    return usage is not None and dict(usage).get("total_cost") == 0
