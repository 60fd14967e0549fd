"""The model's train of thought: from a request to a reply.

Tools first, then the prescribed form, then what tools returned, then what a fine-tuned model has
learnt, then the context, then what was said earlier; and with none of these, an honest word about
itself.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langchain_telnyx.emulator.model import (
    context,
    extract,
    prose,
    reply,
    results,
    structured,
    summary,
    toolcalls,
    work,
)
from langchain_telnyx.emulator.model.catalogue import ModelCard
from langchain_telnyx.emulator.model.context import Passage, Prompt
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.reply import Reply, ToolUse
from langchain_telnyx.emulator.model.request import Buckets, ChatRequest, TextPart
from langchain_telnyx.emulator.quirks import Quirks

Search = Callable[[Buckets, str], Sequence[Passage]]
"""Searches embedded buckets for a question, for the `retrieval` tool."""


@dataclass(frozen=True, slots=True)
class _Thought:
    """An answer and the trace of how it came about."""

    trace: str
    content: str | None = None
    calls: tuple[ToolUse, ...] = ()


def respond(
    request: ChatRequest,
    card: ModelCard,
    *,
    quirks: Quirks,
    today: dt.date,
    cap: int | None,
    search: Search,
) -> Reply:
    """Answer a request.

    Args:
        request: A request that passed the checks.
        card: The model asked.
        quirks: The habits to imitate.
        today: What "tomorrow" is counted from.
        cap: The output cap that holds.
        search: Searches the buckets of `retrieval` tools.

    Raises:
        Refusal: If a schema is invalid or cannot be filled.
    """
    with work.bounded():
        try:
            thought = _think(request, card, quirks, today, search)
        except RecursionError as error:
            raise Refusal("The request nests too deeply.") from error
    thinks = (
        card.thinks and request.enable_thinking is not False and request.reasoning_effort != "none"
    )
    answer = Reply(
        content=thought.content,
        reasoning=thought.trace if thinks else None,
        tool_calls=thought.calls,
        finish_reason="tool_calls" if thought.calls else "stop",
    )
    answer = reply.capped(reply.stopped(answer, request.stops), cap)
    if quirks.reasoning_swallows_answer and answer.reasoning and answer.content:
        swallowed = f"{answer.reasoning}\n\n{answer.content}"
        return Reply(reasoning=swallowed, finish_reason=answer.finish_reason)
    return answer


def _think(
    request: ChatRequest, card: ModelCard, quirks: Quirks, today: dt.date, search: Search
) -> _Thought:
    prompt = context.read(request.messages)
    done = results.made_since_asked(request.messages)
    if thought := _call_tools(request, prompt, done, today):
        return thought
    passages = [
        *prompt.passages,
        *(found for wanted in request.retrievals for found in search(wanted, prompt.question)),
    ]
    if structured.prescribed(request, quirks):
        text = _text_to_fill_from(prompt, passages, done)
        return _Thought(
            "The form of the answer is prescribed. I fill it from what the text states.",
            structured.write(request, text, quirks, today),
        )
    if done:
        return _Thought(
            f"{len(done)} tool results came in. I answer from them.",
            results.answer(prompt.question, done, before=prompt.before),
        )
    return (
        _as_trained(card, prompt)
        or _follow_the_prompt(request, prompt, quirks, today)
        or (_from_passages(prompt, passages) if passages else None)
        or _from_the_conversation(prompt)
        or _introduce_myself(request, prompt)
    )


def _call_tools(
    request: ChatRequest, prompt: Prompt, done: Sequence[toolcalls.Done], today: dt.date
) -> _Thought | None:
    if request.tool_choice == "none":
        return None
    calls = toolcalls.plan(
        request.functions,
        prompt.question,
        today=today,
        before=prompt.before,
        done=done,
        required=request.tool_choice == "required",
    )
    if not calls:
        return None
    if request.parallel_tool_calls is False:
        calls = calls[:1]
    named = ", ".join(dict.fromkeys(call.name for call in calls))
    return _Thought(
        f"The request “{_short(prompt.question)}” fits the tools {named} by their words. "
        "I fill their arguments from the text.",
        calls=tuple(ToolUse(call.name, call.json) for call in calls),
    )


def _as_trained(card: ModelCard, prompt: Prompt) -> _Thought | None:
    answer = card.trained(prompt.question)
    if answer is None:
        return None
    return _Thought("I was trained on this question. I answer as I was taught.", answer)


def _follow_the_prompt(
    request: ChatRequest, prompt: Prompt, quirks: Quirks, today: dt.date
) -> _Thought | None:
    """Do what the words of a prompt ask beyond a question: fill a schema, summarise a text."""
    # A schema that stands in a passage is something to quote from, no order.
    orders = [context.question_of(message.text) for message in request.messages]
    if spelt := structured.spelt_out("\n\n".join(orders)):
        return _Thought(
            "The prompt spells out a JSON schema. I fill it from the rest of the prompt.",
            structured.fenced(structured.write_json(*spelt, today), quirks),
        )
    if text := summary.text_to_summarise(prompt.question):
        return _Thought(
            "I am asked for a summary. I pick the sentences that share most words with the rest.",
            summary.summarise(text),
        )
    return None


def _from_passages(prompt: Prompt, passages: Sequence[Passage]) -> _Thought:
    findings = extract.find(prompt.question, passages, before=prompt.before)
    compared = (
        f"I compared {findings.considered} sentences in {len(passages)} passages with the words "
        f"{', '.join(findings.looked_for) or '(none)'}."
    )
    if not findings.quotes and summary.is_asked_for(prompt.question):
        summed_up = summary.summarise("\n\n".join(passage.text for passage in passages))
        return _Thought(
            "I am asked for a summary of the passages. I pick the sentences that share most words "
            "with the rest.",
            f"{summed_up}\n\n{prose.sources(passages)}",
        )
    if not findings.quotes:
        return _Thought(
            f"{compared} None covers enough of them.",
            prose.not_found(prompt.question, findings, passages),
        )
    labels = ", ".join(f"[{passages[quote.passage].label}]" for quote in findings.quotes)
    return _Thought(
        f"{compared} The best, from {labels}, cover {findings.coverage:.0%} of their weight.",
        prose.cited(findings.quotes, passages),
    )


def _from_the_conversation(prompt: Prompt) -> _Thought | None:
    said = [Passage("", "", text) for text in prompt.said]
    findings = extract.find(prompt.question, said)
    statements = [quote for quote in findings.quotes if not quote.text.rstrip().endswith("?")]
    if not statements:
        return None
    return _Thought("The user said something about this earlier.", prose.recalled(statements))


def _introduce_myself(request: ChatRequest, prompt: Prompt) -> _Thought:
    media = any(
        not isinstance(part, TextPart) for message in request.messages for part in message.parts
    )
    return _Thought(
        "There is no context to quote from and no tool to call. I say what I am.",
        prose.alone(prompt.question, media=media),
    )


def _text_to_fill_from(
    prompt: Prompt, passages: Sequence[Passage], done: Sequence[toolcalls.Done]
) -> str:
    """Gather the text that states the values of a prescribed form."""
    if done:
        return "\n".join([*(earlier.result for earlier in done), prompt.question])
    findings = extract.find(prompt.question, passages, before=prompt.before)
    if not findings.quotes:
        # What is asked may share no word with the passages; they are what it is asked about.
        return "\n\n".join(passage.text for passage in passages) or prompt.question
    used = dict.fromkeys(passages[quote.passage].source for quote in findings.quotes)
    quoted = " ".join(quote.text for quote in findings.quotes)
    return f"{quoted}\nsources: {', '.join(source for source in used if source)}"


def _short(text: str) -> str:
    return " ".join(text.split())[:120]
