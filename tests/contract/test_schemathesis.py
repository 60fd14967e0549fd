"""schemathesis finds no failures in the emulator: all phases, all checks."""

from __future__ import annotations

import pytest
import schemathesis_run
import spec

pytestmark = [pytest.mark.contract, pytest.mark.timeout(schemathesis_run.SECONDS)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> schemathesis_run.Report:
    return schemathesis_run.run(tmp_path_factory.mktemp("schemathesis"))


@pytest.mark.parametrize("operation", spec.operations().values(), ids=lambda each: each.id)
def test_an_operation_matches_the_schema(
    report: schemathesis_run.Report, operation: spec.Operation
) -> None:
    name = f"{operation.method} {operation.path}"
    if report.failures[name]:
        pytest.fail("\n".join(report.failures[name]), pytrace=False)
    assert name not in report.never_reached


def test_sequences_of_operations_match_the_schema(report: schemathesis_run.Report) -> None:
    names = {f"{each.method} {each.path}" for each in spec.operations().values()}
    others = [
        text for name, found in report.failures.items() if name not in names for text in found
    ]
    if others:
        pytest.fail("\n".join(others), pytrace=False)


def test_all_phases_ran(report: schemathesis_run.Report) -> None:
    assert report.phases == {"examples", "coverage", "fuzzing", "stateful"}
    assert report.cases > 20 * len(spec.operations())
