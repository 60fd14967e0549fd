"""schemathesis, given the slice, finds nothing wrong with the emulator: all phases, all checks."""

from __future__ import annotations

import fuzzing
import pytest
import spec

pytestmark = [pytest.mark.contract, pytest.mark.timeout(fuzzing.SECONDS)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> fuzzing.Report:
    return fuzzing.run(tmp_path_factory.mktemp("schemathesis"))


@pytest.mark.parametrize("operation", spec.operations().values(), ids=lambda each: each.id)
def test_an_operation_is_as_the_slice_says(
    report: fuzzing.Report, operation: spec.Operation
) -> None:
    name = f"{operation.method} {operation.path}"
    if report.failures[name]:
        pytest.fail("\n".join(report.failures[name]), pytrace=False)
    assert name not in report.never_reached


def test_operations_together_are_as_the_slice_says(report: fuzzing.Report) -> None:
    names = {f"{each.method} {each.path}" for each in spec.operations().values()}
    others = [
        text for name, found in report.failures.items() if name not in names for text in found
    ]
    if others:
        pytest.fail("\n".join(others), pytrace=False)


def test_enough_was_tried(report: fuzzing.Report) -> None:
    assert report.phases == {"examples", "coverage", "fuzzing", "stateful"}
    assert report.cases > 20 * len(spec.operations())
