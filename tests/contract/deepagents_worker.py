"""Run deep agents on every sample of an engine's answer, and print the results as JSON.

`python deepagents_worker.py` prints a line per run: the sample's name, the method, the last text or
the name of the error, and whether the expected tool calls ran.
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from langchain_telnyx.middleware import TelnyxAnswerMiddleware, TelnyxHistoryMiddleware
from tests.support.agent_runs import ANSWERS, Stages

if TYPE_CHECKING:
    from langchain_telnyx import ChatTelnyx

# One method for whole answers, one for streams: runs of deep agents are slow.
WAYS = ("invoke", "astream")


def made(model: ChatTelnyx, tools: list[Any]) -> Any:
    """Return a deep agent with the middleware of the documentation."""
    middleware = [TelnyxHistoryMiddleware(), TelnyxAnswerMiddleware()]
    deepagents: Any = importlib.import_module("deepagents")  # in this script's environment only
    return deepagents.create_deep_agent(model=model, tools=tools, middleware=middleware)


def main() -> None:
    """Run them all."""
    warnings.simplefilter("ignore")
    agents = Stages(made)
    for answer in ANSWERS:
        for way in WAYS:
            ended, ran = agents.run(answer, way)
            meant = ran if answer.calls is None else answer.calls
            as_meant = sorted(ran, key=str) == sorted(meant, key=str)
            print(json.dumps([answer.name, way, ended, as_meant]), flush=True)


if __name__ == "__main__":
    main()
