"""An exception: a deviation of client or emulator from the OpenAPI schema, with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amendments import Amendment


@dataclass(frozen=True)
class Deviation:
    """One exception.

    Attributes:
        what: The deviation.
        why: The reason.
        source: The evidence.
        operations: The operations that it applies to; empty for all.
        amend: Writes it into the schema of one operation.
        checks: The checks of schemathesis that it disables.
        expected: The statuses that pass a check of schemathesis.
        shown_by: The name of an example that fails without it.
    """

    what: str
    why: str
    source: str
    operations: tuple[str, ...] = ()
    amend: Amendment | None = None
    checks: tuple[str, ...] = ()
    expected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shown_by: str = ""

    @property
    def overrides(self) -> str:
        """What it overrides, as text for the docs."""
        overridden = ["the schema"] if self.amend else []
        overridden += [f"schemathesis, `{check}`" for check in (*self.checks, *self.expected)]
        return "; ".join(overridden)

    @property
    def applies_to(self) -> tuple[str, ...]:
        """The names of the operations that it applies to."""
        return self.operations or tuple(spec.operations())

    def written_into(self, document: dict[str, Any]) -> dict[str, Any]:
        """Write this exception into a document, and return the document."""
        if self.amend is not None:
            for operation in self.applies_to:
                self.amend(document, spec.operations()[operation].of(document))
        return document
