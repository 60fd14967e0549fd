"""`langchain-telnyx models`: the model catalogue, with context, prices and capabilities."""

import argparse
import sys
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from langchain_telnyx.cli.colors import paint
from langchain_telnyx.cli.console import print_json, print_status, run_command
from langchain_telnyx.cli.failures import FAILURE
from langchain_telnyx.cli.parser import positive

if TYPE_CHECKING:
    from langchain_telnyx.cli.backends import Backend
    from langchain_telnyx.client.api.models import ModelInfo

EXAMPLES = """
langchain-telnyx models
langchain-telnyx models kimi glm --sort price
langchain-telnyx models --with image --min-context 200000 --json
"""
# A capability, and the key of langchain-core's model profiles that has it.
_CAPABILITIES = {
    "tools": "tool_calling",
    "json": "structured_output",
    "reasoning": "reasoning_output",
    "image": "image_inputs",
    "audio": "audio_inputs",
}
_PRICES = ("prompt", "completion", "cached")
_SORTS = ("catalogue", "name", "context", "price")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "words", metavar="WORD", nargs="*", help="list models whose name has one of these words"
    )
    parser.add_argument(
        "--with",
        dest="capabilities",
        action="append",
        default=[],
        choices=tuple(_CAPABILITIES),
        help="list models with this capability; may be repeated",
    )
    parser.add_argument(
        "--task",
        choices=("chat", "embeddings", "all"),
        default="chat",
        help="list models for this (%(default)s)",
    )
    parser.add_argument(
        "--min-context", type=positive, metavar="N", help="list models with this context, in tokens"
    )
    parser.add_argument(
        "--sort", choices=_SORTS, default=_SORTS[0], help="order of the models (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the models as JSON")


def run(options: argparse.Namespace) -> int:
    """List the models, and return the exit status."""
    return run_command("models", partial(_list, options))


def _list(options: argparse.Namespace, backend: "Backend", stack: ExitStack) -> int:
    # Imported here, because langchain-core takes a second, and usage errors should be fast.
    from langchain_telnyx.client import Telnyx  # noqa: PLC0415

    telnyx = stack.enter_context(Telnyx(**backend.options))
    print_status(f"Backend: {backend.name}.")
    rows = [_row(info) for info in telnyx.models.list()]
    models = _sorted([row for row in rows if _fits(row, options)], options.sort)
    if options.json:
        print_json({"models": models}, indent=2)
    else:
        _print_table(models)
    if not models:
        print_status(f"None of the {len(rows)} models fits.")
    return 0 if models else FAILURE


def _row(info: "ModelInfo") -> dict[str, Any]:
    """Return a model as JSON."""
    from langchain_telnyx.chat_models.profiles.prices import price_of  # noqa: PLC0415 - as above
    from langchain_telnyx.chat_models.profiles.profiles import merged  # noqa: PLC0415 - as above

    profile = merged(info)
    price = price_of(info.pricing)
    found: dict[str, Any] = {**(profile or {})}
    return {
        "id": info.id,
        "task": "embeddings" if profile is None else "chat",
        "context": info.context_length or found.get("max_input_tokens"),
        "max_output": info.max_completion_tokens or found.get("max_output_tokens"),
        # USD for a million tokens; strings, as JSON's numbers are not exact.
        "price": None
        if price is None
        else {name: f"{(getattr(price, name) * 1_000_000).normalize():f}" for name in _PRICES},
        "capabilities": [name for name, key in _CAPABILITIES.items() if found.get(key)],
        "regions": info.regions or [],
        "service_tiers": info.service_tiers or [],
    }


def _fits(row: dict[str, Any], options: argparse.Namespace) -> bool:
    name = row["id"].lower()
    return (
        options.task in {"all", row["task"]}
        and (not options.words or any(word.lower() in name for word in options.words))
        and set(options.capabilities) <= set(row["capabilities"])
        and (row["context"] or 0) >= (options.min_context or 0)
    )


def _sorted(models: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """Return the models in an order; those without a context or price come last."""
    match by:
        case "name":
            return sorted(models, key=lambda row: str(row["id"]).lower())
        case "context":
            return sorted(models, key=lambda row: -(row["context"] or 0))
        case "price":
            return sorted(models, key=_price)
    return models


def _price(row: dict[str, Any]) -> Decimal:
    price = row["price"]
    if price is None:
        return Decimal("Infinity")
    return Decimal(price["prompt"]) + Decimal(price["completion"])


def _print_table(models: list[dict[str, Any]]) -> None:
    width = max((len(row["id"]) for row in models), default=0)
    heading = f"{'model':<{width}}  {'context':>9}  {'$ in':>7}  {'$ out':>7}  capabilities"
    if models:
        print(paint(heading, "bold", sys.stdout))
    for row in models:
        price = row["price"] or dict.fromkeys(_PRICES, "-")
        print(
            f"{row['id']:<{width}}  {row['context'] or '-':>9}  {price['prompt']:>7}  "
            f"{price['completion']:>7}  {' '.join(row['capabilities'])}".rstrip()
        )
    if any(row["price"] for row in models):
        print_status("Prices are in USD for a million tokens.")
