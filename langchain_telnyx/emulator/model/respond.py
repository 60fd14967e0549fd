"""Answer a chat request.

The first of these that applies gives the answer: a tool call, the requested output format, tool
results, training examples of a fine-tuned model, instructions in the prompt, the context, the
user's earlier messages, and last a description of what the model is.
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
    work_budget,
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
class _Draft:
    """An answer and the reasoning that explains it."""

    reasoning: str
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
        card: The model.
        quirks: The quirks to imitate.
        today: The date that "tomorrow" is relative to.
        cap: The output cap.
        search: Searches the buckets of `retrieval` tools.

    Raises:
        Refusal: If a schema is invalid or cannot be filled.
    """
    with work_budget.limited():
        try:
            draft = _write(request, card, quirks, today, search)
        except RecursionError as error:
            raise Refusal("The request nests too deeply.") from error
    with_reasoning = (
        card.supports_reasoning
        and request.enable_thinking is not False
        and request.reasoning_effort != "none"
    )
    answer = Reply(
        content=draft.content,
        reasoning=draft.reasoning if with_reasoning else None,
        tool_calls=draft.calls,
        finish_reason="tool_calls" if draft.calls else "stop",
    )
    answer = reply.capped(reply.stopped(answer, request.stops), cap)
    if quirks.reasoning_swallows_answer and answer.reasoning and answer.content:
        swallowed = f"{answer.reasoning}\n\n{answer.content}"
        return Reply(reasoning=swallowed, finish_reason=answer.finish_reason)
    return answer


def _write(
    request: ChatRequest, card: ModelCard, quirks: Quirks, today: dt.date, search: Search
) -> _Draft:
    prompt = context.read(request.messages)
    completed = results.completed_calls(request.messages)
    if draft := _call_tools(request, prompt, completed, today):
        return draft
    passages = [
        *prompt.passages,
        *(found for buckets in request.retrievals for found in search(buckets, prompt.question)),
    ]
    if structured.requires_format(request, quirks):
        text = _text_to_fill_from(prompt, passages, completed)
        return _Draft(
            "The form of the answer is prescribed. I fill it from what the text states.",
            structured.write(request, text, quirks, today),
        )
    if completed:
        return _Draft(
            f"{len(completed)} tool results came in. I answer from them.",
            results.answer(prompt.question, completed, previous=prompt.previous),
        )
    return (
        _as_trained(card, prompt)
        or _follow_the_prompt(request, prompt, quirks, today)
        or (_from_passages(prompt, passages) if passages else None)
        or _from_the_conversation(prompt)
        or _describe_self(request, prompt)
    )


def _call_tools(
    request: ChatRequest,
    prompt: Prompt,
    completed: Sequence[toolcalls.CompletedCall],
    today: dt.date,
) -> _Draft | None:
    if request.tool_choice == "none":
        return None
    forced = request.tool_choice == "required" and len(request.functions) == 1
    if forced and prompt.passages and not completed:
        # The schema of an answer, offered as a function: filled like a response format.
        text = _text_to_fill_from(prompt, prompt.passages, completed)
        call = toolcalls.filled(request.functions[0], text, today)
        return _Draft(
            f"The function {call.name} is prescribed. I fill its arguments from what the text "
            f"states.",
            calls=(ToolUse(call.name, call.json),),
        )
    calls = toolcalls.plan(
        request.functions,
        prompt.question,
        today=today,
        previous=prompt.previous,
        completed=completed,
        required=request.tool_choice == "required",
    )
    if not calls:
        return None
    if request.parallel_tool_calls is False:
        calls = calls[:1]
    named = ", ".join(dict.fromkeys(call.name for call in calls))
    return _Draft(
        f"The request “{_short(prompt.question)}” fits the tools {named} by their words. "
        "I fill their arguments from the text.",
        calls=tuple(ToolUse(call.name, call.json) for call in calls),
    )


def _as_trained(card: ModelCard, prompt: Prompt) -> _Draft | None:
    answer = card.trained(prompt.question)
    if answer is None:
        return None
    return _Draft("I was trained on this question. I answer as I was taught.", answer)


def _follow_the_prompt(
    request: ChatRequest, prompt: Prompt, quirks: Quirks, today: dt.date
) -> _Draft | None:
    """Follow instructions in the prompt: fill a schema, summarise a text."""
    # A schema inside a passage is content, not an instruction.
    instructions = [context.question_of(message.text) for message in request.messages]
    if found := structured.schema_in_prompt("\n\n".join(instructions)):
        return _Draft(
            "The prompt spells out a JSON schema. I fill it from the rest of the prompt.",
            structured.fenced(structured.write_json(*found, today), quirks),
        )
    if text := summary.text_to_summarise(prompt.question):
        return _Draft(
            "I am asked for a summary. I pick the sentences that share most words with the rest.",
            summary.summarise(text),
        )
    return None


def _from_passages(prompt: Prompt, passages: Sequence[Passage]) -> _Draft:
    findings = extract.find(prompt.question, passages, previous=prompt.previous)
    comparison = (
        f"I compared {findings.considered} sentences in {len(passages)} passages with the words "
        f"{', '.join(findings.looked_for) or '(none)'}."
    )
    if not findings.quotes and summary.is_requested(prompt.question):
        summarised = summary.summarise("\n\n".join(passage.text for passage in passages))
        return _Draft(
            "I am asked for a summary of the passages. I pick the sentences that share most words "
            "with the rest.",
            f"{summarised}\n\n{prose.sources(passages)}",
        )
    if not findings.quotes:
        return _Draft(
            f"{comparison} None covers enough of them.",
            prose.not_found(prompt.question, findings, passages),
        )
    labels = ", ".join(f"[{passages[quote.passage].label}]" for quote in findings.quotes)
    return _Draft(
        f"{comparison} The best, from {labels}, cover {findings.coverage:.0%} of their weight.",
        prose.cited(findings.quotes, passages),
    )


def _from_the_conversation(prompt: Prompt) -> _Draft | None:
    earlier = [Passage("", "", text) for text in prompt.earlier]
    findings = extract.find(prompt.question, earlier)
    statements = [quote for quote in findings.quotes if not quote.text.rstrip().endswith("?")]
    if not statements:
        return None
    return _Draft("The user said something about this earlier.", prose.recalled(statements))


def _describe_self(request: ChatRequest, prompt: Prompt) -> _Draft:
    media = any(
        not isinstance(part, TextPart) for message in request.messages for part in message.parts
    )
    return _Draft(
        "There is no context to quote from and no tool to call. I say what I am.",
        prose.without_context(prompt.question, media=media),
    )


def _text_to_fill_from(
    prompt: Prompt, passages: Sequence[Passage], completed: Sequence[toolcalls.CompletedCall]
) -> str:
    """Gather the text from which the requested format is filled."""
    if completed:
        return "\n".join([*(call.result for call in completed), prompt.question])
    findings = extract.find(prompt.question, passages, previous=prompt.previous)
    if not findings.quotes:
        # The question may share no word with the passages; use all of them.
        return "\n\n".join(passage.text for passage in passages) or prompt.question
    used = dict.fromkeys(passages[quote.passage].source for quote in findings.quotes)
    quoted = " ".join(quote.text for quote in findings.quotes)
    return f"{quoted}\nsources: {', '.join(source for source in used if source)}"


def _short(text: str) -> str:
    return " ".join(text.split())[:120]
