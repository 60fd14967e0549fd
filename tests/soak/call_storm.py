"""Many calls at once: `python tests/soak/call_storm.py --calls 500 --turns 10 --waves 3`.

Every caller speaks with the same agent, and interrupts a fifth of the answers. Each token names its
call, its turn and its number. A wave reports the calls that heard a word of another call or of an
earlier turn, the CPU time, and the memory.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from langchain_core.runnables import RunnableLambda

from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.calls import CallError, CallResult, Interrupt, Say, Step
from langchain_telnyx.serve import Limits, Speech, create_app, current_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "a-token-for-the-storm-0123456789"
TOKENS = 20


@dataclass
class Wave:
    """What a wave of calls found.

    Attributes:
        calls: The number of calls.
        failed: The calls that could not go on.
        mixed: The words of another call, or of an earlier turn, that a caller heard.
        unheard: The turns without an answer.
        tokens: The tokens that were sent.
        cpu: Seconds of CPU, of callers and agents together.
        wall: Seconds.
        memory: Bytes of memory that the process uses at the end.
    """

    calls: int
    failed: int = 0
    mixed: list[str] = field(default_factory=list)
    unheard: int = 0
    tokens: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    memory: int = 0


async def agent(messages: Any) -> AsyncIterator[str]:
    """Answer with tokens that name the call, the turn and their number."""
    turn = messages[-1].text.split()[1]
    for number in range(TOKENS):
        yield f"{current_call().caller}/{turn}/{number} "
        await asyncio.sleep(0)


async def storm(emulator: TelnyxEmulator, *, calls: int, turns: int, seed: int) -> Wave:
    """Run a wave of concurrent calls."""
    app = create_app(
        RunnableLambda(agent),
        token=TOKEN,
        limits=Limits(calls=calls),
        speech=Speech(characters_per_second=1e6),
    )
    choice = random.Random(seed)
    scripts = [_script(choice, turns) for _ in range(calls)]
    began, cpu = time.perf_counter(), time.process_time()
    results = await asyncio.gather(
        *(
            emulator.acall(app, script, token=TOKEN, caller=f"+1{number:07}", timeout=300)
            for number, script in enumerate(scripts)
        ),
        return_exceptions=True,
    )
    wave = Wave(calls, wall=time.perf_counter() - began, cpu=time.process_time() - cpu)
    for number, (script, result) in enumerate(zip(scripts, results, strict=True)):
        if isinstance(result, CallError):
            wave.failed += 1
        elif isinstance(result, BaseException):
            raise result
        else:
            _check(wave, f"+1{number:07}", script, result)
    return wave


def _script(choice: random.Random, turns: int) -> list[Step]:
    """Return the turns of a call; a fifth of the answers are interrupted."""
    script: list[Step] = [Say("turn 0")]
    for turn in range(1, turns):
        interrupts = choice.random() < 0.2
        text = f"turn {turn}"
        words = choice.randrange(1, TOKENS - 2)
        script.append(Interrupt(text, after_words=words) if interrupts else Say(text))
    return script


def _check(wave: Wave, caller: str, script: list[Step], result: CallResult) -> None:
    answers = [turn for turn in result.turns if turn.speaker == "agent"]
    wave.unheard += len(script) - len(answers)
    for turn, answer in enumerate(answers):
        words = answer.text.split()
        wave.tokens += len(words)
        expected = [f"{caller}/{turn}/{number}" for number in range(len(words))]
        wave.mixed += [word for word, right in zip(words, expected, strict=True) if word != right]


def _memory() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> int:
    """Run the waves of the command line; return 1 if a call failed or words were mixed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--waves", type=int, default=3)
    parser.add_argument("--seed", type=int, default=18)
    options = parser.parse_args()
    bad = 0
    with TelnyxEmulator(sockets=False) as emulator:
        for number in range(options.waves):
            seed = options.seed + number
            wave = asyncio.run(storm(emulator, calls=options.calls, turns=options.turns, seed=seed))
            # The emulator stores every conversation; what remains is the server's own memory.
            emulator.reset()
            gc.collect()
            wave.memory = _memory()
            bad += wave.failed + len(wave.mixed) + wave.unheard
            print(
                f"wave {number}: {wave.calls} calls, {wave.tokens} tokens, {wave.failed} failed, "
                f"{len(wave.mixed)} mixed, {wave.unheard} unheard, {wave.cpu:.1f} s CPU "
                f"({1e6 * wave.cpu / max(1, wave.tokens):.0f} us a token), {wave.wall:.1f} s, "
                f"{wave.memory / 1e6:.0f} MB",
                flush=True,
            )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
