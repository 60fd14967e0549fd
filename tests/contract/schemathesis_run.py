"""Run schemathesis on all operations, with existing identifiers among its inputs."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import installed
import spec
from declarations import described
from exceptions import EXCEPTIONS, amended
from exchanges import emulated_account
from operations import EXAMPLES

from langchain_telnyx.emulator.runtime.pace import immediately

if TYPE_CHECKING:
    from pathlib import Path

    from deviation import Deviation
    from prerequisites import Account

    Seeds: TypeAlias = dict[str, dict[str, set[str]]]

_EXAMPLES = 25
_KNOWN = 0.9  # the share of inputs with existing identifiers
SECONDS = 300
"""The time limit of a run; on two idle cores it takes less than two minutes."""


@dataclass(frozen=True)
class Report:
    """The result of a run.

    Attributes:
        failures: Failures by operation (`GET /ai/…`), or by phase if it covers several.
        never_reached: The operations with responses of status 404 only.
        cases: The number of checked requests.
        phases: The completed phases.
    """

    failures: dict[str, list[str]]
    never_reached: set[str]
    cases: int
    phases: set[str]


def run(folder: Path) -> Report:
    """Run schemathesis against an emulator on loopback.

    Args:
        folder: The folder of its input and output files.
    """
    document = folder / "openapi.json"
    document.write_text(json.dumps(amended()))
    with emulated_account(sockets=True) as empty:
        config = folder / "schemathesis.toml"
        config.write_text(_toml(_settings(empty, _seeds(empty))))
        done = subprocess.run(
            [
                str(installed.python(installed.SCHEMATHESIS).with_name("schemathesis")),
                f"--config-file={config}",
                "run",
                str(document),
                f"--report-json-path={folder / 'report.json'}",
                f"--report-junit-path={folder / 'junit.xml'}",
            ],
            cwd=folder,
            env=installed.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    if done.returncode not in {0, 1}:  # 1: a check failed
        raise RuntimeError(f"schemathesis itself failed: {done.stdout}{done.stderr}")
    return _report(folder)


def _report(folder: Path) -> Report:
    report = json.loads((folder / "report.json").read_text())
    failures: dict[str, list[str]] = {}
    for case in ET.parse(folder / "junit.xml").iter("testcase"):  # noqa: S314 - written by our own run
        found = [each.text or "" for each in case.iter() if each.tag in {"failure", "error"}]
        failures.setdefault(case.get("name", ""), []).extend(found)
    reached = {
        operation
        for operation, phases in report["valid_rates"].items()
        if any(rates["accepted"] or rates["rejected"] for rates in phases.values())
    }
    names = {f"{operation.method} {operation.path}" for operation in spec.operations().values()}
    return Report(
        failures=failures,
        never_reached=names - reached,
        cases=report["test_cases"]["generated"],
        phases={name for name, phase in report["phases"].items() if phase["skip_reason"] is None},
    )


def _seeds(empty: Account) -> Seeds:
    """Create the prerequisites of all operations; return their path and body values."""
    seeds: Seeds = {}
    for example in EXAMPLES:
        operation = spec.operations().get(example.operation)
        if operation is None:
            continue
        arguments = example.set_up(empty)
        empty.emulator.account.jobs.pace = immediately()  # some examples slow jobs down
        call = described(example.method, *arguments.positional, **arguments.named)
        path = operation.parameters(call.path) or {}
        values = {f"path.{name}": unquote(each) for name, each in path.items()}
        if isinstance(call.json, dict):
            texts = {name: each for name, each in call.json.items() if isinstance(each, str)}
            values |= {f"body.{name}": each for name, each in texts.items()}
        for name, value in values.items():
            seeds.setdefault(operation.id, {}).setdefault(name, set()).add(value)
    return seeds


def _settings(empty: Account, seeds: Seeds) -> dict[str, Any]:
    checks = [each for each in EXCEPTIONS if each.checks or each.expected]
    return {
        "base-url": empty.emulator.base_url,
        "continue-on-failure": True,
        "headers": {"Authorization": f"Bearer {empty.emulator.api_key}"},
        "generation": {
            "max-examples": _EXAMPLES,
            "deterministic": True,  # the same cases every time; a seed has no effect
            "database": "none",
            "no-shrink": True,
        },
        "checks": _checks([each for each in checks if not each.operations]),
        "dictionaries": {
            f"{operation}.{name}": {"values": sorted(values)}
            for operation, parameters in seeds.items()
            for name, values in parameters.items()
        },
        "operations": [
            {
                "include-operation-id": operation,
                "parameters": {
                    name: {"dictionary": f"{operation}.{name}", "probability": _KNOWN}
                    for name in seeds.get(operation, {})
                },
                "checks": _checks([each for each in checks if operation in each.operations]),
            }
            for operation in spec.operations()
        ],
    }


def _checks(deviations: list[Deviation]) -> dict[str, Any]:
    checks: dict[str, Any] = {}
    for deviation in deviations:
        checks |= {check: {"enabled": False} for check in deviation.checks}
        checks |= {
            check: {"expected-statuses": list(statuses)}
            for check, statuses in deviation.expected.items()
        }
    return checks


def _toml(settings: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(name)} = {_value(value)}\n" for name, value in settings.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name)} = {_value(each)}" for name, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value)  # scalars are the same in JSON and TOML
