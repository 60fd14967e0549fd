"""Tools that Telnyx itself runs, inside a chat request."""

from collections.abc import Sequence
from typing import Any


class TelnyxRetrievalTool(dict[str, Any]):
    """Lets the model search embedded buckets before it answers; runs on Telnyx's servers.

    The search is part of the chat request, and the answer is ordinary text. A dict in the API's
    format, so that it can be passed wherever LangChain accepts a tool: `model.bind_tools([...])`,
    `create_agent(tools=[...])`, LangGraph.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/chat.md#tool-calling

    API page: https://developers.telnyx.com/api-reference/chat/create-a-chat-completion

    Args:
        bucket_ids: Names of embedded buckets, at least one.
        max_num_results: Maximum number of passages. Default: the API's.

    Raises:
        ValueError: `bucket_ids` is empty, or `max_num_results` is less than 1.

    Example:
        ```python
        from langchain_telnyx import ChatTelnyx, TelnyxRetrievalTool

        model = ChatTelnyx().bind_tools([TelnyxRetrievalTool(["handbook"], max_num_results=5)])
        model.invoke("How many days of leave do I have?").text
        ```
    """

    def __init__(self, bucket_ids: Sequence[str] | str, max_num_results: int | None = None) -> None:
        names = [bucket_ids] if isinstance(bucket_ids, str) else list(bucket_ids)
        if not names or not all(names):
            raise ValueError("`bucket_ids` must name at least one embedded bucket.")
        if max_num_results is not None and max_num_results < 1:
            raise ValueError(f"`max_num_results` must be at least 1, not {max_num_results}.")
        retrieval: dict[str, Any] = {"bucket_ids": names}
        if max_num_results is not None:
            retrieval["max_num_results"] = max_num_results
        super().__init__(type="retrieval", retrieval=retrieval)

    @property
    def bucket_ids(self) -> list[str]:
        """Names of the buckets."""
        names: list[str] = self["retrieval"]["bucket_ids"]
        return names

    @property
    def max_num_results(self) -> int | None:
        """Maximum number of passages."""
        most: int | None = self["retrieval"].get("max_num_results")
        return most
