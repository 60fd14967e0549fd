"""The services of an account's conversations, in one object."""

from langchain_telnyx.emulator.areas.conversation_histories.state import Histories
from langchain_telnyx.emulator.areas.conversations import messages
from langchain_telnyx.emulator.areas.conversations import state as conversations
from langchain_telnyx.emulator.areas.conversations.messages import Messages
from langchain_telnyx.emulator.areas.conversations.state import Conversation, Conversations
from langchain_telnyx.emulator.areas.insights import groups, templates
from langchain_telnyx.emulator.areas.insights import state as insights
from langchain_telnyx.emulator.areas.insights.groups import Groups
from langchain_telnyx.emulator.areas.insights.state import Insights, Run
from langchain_telnyx.emulator.areas.insights.templates import Templates
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Jobs
from langchain_telnyx.emulator.storage.database import Store

_AREAS = (conversations, messages, templates, groups, insights)
SCHEMA = ";\n".join(area.SCHEMA for area in _AREAS)

_GROUP = "insight_group_id"


class ConversationService:
    """The conversations of an account, with their messages, insights and search.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
        jobs: The background jobs, which compute insights.

    Attributes:
        records: The conversations.
        messages: Their messages.
        templates: The insight templates.
        groups: The insight groups.
        insights: The insights.
        histories: The semantic search.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids, jobs: Jobs) -> None:
        self.records = Conversations(store, clock, ids)
        self.messages = Messages(store, clock)
        self.templates = Templates(store, clock, ids)
        self.groups = Groups(store, clock, ids)
        self.insights = Insights(
            store, clock, ids, jobs=jobs, messages=self.messages, groups=self.groups
        )
        self.histories = Histories(self.records, self.messages, clock)

    def end(
        self, conversation_id: str, insight_group_id: str | None = None
    ) -> tuple[Conversation, Run | None]:
        """End a conversation, as hanging up does, and start its insights.

        Args:
            conversation_id: The conversation.
            insight_group_id: The group whose templates apply. Default: the one that the
                conversation's metadata names as `insight_group_id`, else the account's default;
                without any of these, no insights are found.

        Returns:
            The conversation, and the run of its insights, if any.

        Raises:
            LookupError: The conversation or the group does not exist.
        """
        found = self.records.find(conversation_id)
        if found is None:
            raise LookupError(f"There is no conversation {conversation_id!r}.")
        group = insight_group_id or found.metadata.get(_GROUP) or self.insights.default_group
        if group is not None and self.groups.find(group) is None:
            raise LookupError(f"There is no insight group {group!r}.")
        ended = self.records.end(conversation_id) or found
        return ended, None if group is None else self.insights.begin(conversation_id, group)
