"""A service with a limit per minute, and its clients, on a fake clock.

The service may count a request at any moment between its admission and its answer, and its window
may begin at any moment: what no documentation rules out.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal

from langchain_telnyx.rate_limiters.ledger import Ledger

Fate = Literal["answered", "killed while waiting", "killed when admitted", "cancelled"]


@dataclass
class Client:
    """A client that sends one request.

    Attributes:
        arrives: When it asks for the first time.
        needs: The tokens that it reserves.
        uses: The tokens that it uses.
        seconds: How long its answer takes.
        counted: When the service counts it: the share of its answer's time that has passed.
        fate: What happens to it.
        admitted: When it was admitted.
        attempts: How often it tried to be admitted.
    """

    arrives: float
    needs: float
    uses: float
    seconds: float
    counted: float
    fate: Fate = "answered"
    admitted: float | None = None
    attempts: int = 0


@dataclass
class Service:
    """What the service counted.

    Attributes:
        counts: The moments, and the tokens of each.
    """

    counts: list[tuple[float, float]] = field(default_factory=list)

    def most_in_any_minute(self) -> float:
        """Return the most tokens in any 60 seconds."""
        ordered = sorted(self.counts)
        sums = [0.0, *accumulate(amount for _, amount in ordered)]
        most, start = 0.0, 0
        for end, (moment, _) in enumerate(ordered, start=1):
            while ordered[start][0] <= moment - 60:
                start += 1
            most = max(most, sums[end] - sums[start])
        return most


def run(clients: list[Client], limit: float, ledger: Ledger | None = None) -> Service:
    """Run all clients to their ends, and return what the service counted.

    Args:
        clients: The clients.
        limit: The tokens per minute that the ledger admits.
        ledger: The ledger; default: a new one.
    """
    ledger, service = ledger or Ledger(), Service()
    events = [(client.arrives, number, "ask") for number, client in enumerate(clients)]
    heapq.heapify(events)
    while events:
        now, number, event = heapq.heappop(events)
        client, name = clients[number], str(number)
        if event == "answer":
            ledger.settle(now, identity=name, amounts={"tokens": client.uses})
            continue
        if client.attempts and client.fate == "killed while waiting":
            continue
        if client.attempts and client.fate == "cancelled":
            ledger.release(now, identity=name)
            continue
        client.attempts += 1
        wait = ledger.reserve(
            now, identity=name, amounts={"tokens": client.needs}, limits={"tokens": limit}
        )
        if wait.look_again > 0:
            heapq.heappush(events, (now + wait.look_again, number, "ask"))
            continue
        client.admitted = now
        # A connection that ends with its process was counted when the request arrived.
        killed = client.fate == "killed when admitted"
        service.counts.append(
            (now + (0 if killed else client.seconds * client.counted), client.uses)
        )
        if not killed:
            heapq.heappush(events, (now + client.seconds, number, "answer"))
    return service
