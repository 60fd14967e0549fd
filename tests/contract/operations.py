"""The table of examples: one or more calls of the client for each operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import examples_assistants
import examples_buckets
import examples_conversations
import examples_edge
import examples_knowledge
import examples_models
import examples_web

if TYPE_CHECKING:
    from examples import Example

EXAMPLES: tuple[Example, ...] = (
    *examples_models.EXAMPLES,
    *examples_buckets.EXAMPLES,
    *examples_conversations.EXAMPLES,
    *examples_knowledge.EXAMPLES,
    *examples_edge.EXAMPLES,
    *examples_web.EXAMPLES,
    *examples_assistants.EXAMPLES,
)
