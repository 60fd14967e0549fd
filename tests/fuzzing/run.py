"""Fuzz the parsers of external input, guided by coverage, for a limited time.

Usage: `run.py [--time SECONDS] [--seed NUMBER] [TARGET …]`. The targets share the time. New inputs
are in `.fuzzing/`, failing inputs in `.fuzzing/TARGET/failures/`: add a failing input to `corpus/`
after the fix; the tests replay the corpus. `--keep` adds inputs with new coverage to the corpus.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
CORPUS = Path(__file__).parent / "corpus"
TOKENS = Path(__file__).with_name("tokens.dict")
WORK = ROOT / ".fuzzing"
SECONDS_AN_INPUT = 10
LONGEST = 4096


def fuzz(name: str, seconds: int, seed: int) -> int:
    """Fuzz one target in a process of its own; return the exit code."""
    found, failures = WORK / name / "found", WORK / name / "failures"
    for folder in (found, failures, CORPUS / name):
        folder.mkdir(parents=True, exist_ok=True)
    print(f"fuzz: {name} for {seconds} s with seed {seed}", flush=True)
    options = (
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-timeout={SECONDS_AN_INPUT}",
        f"-max_len={LONGEST}",
        "-rss_limit_mb=2048",
        f"-dict={TOKENS}",
        f"-artifact_prefix={failures}/",
        "-verbosity=0",
        "-print_final_stats=1",
    )
    program = [sys.executable, __file__, "--one", name, *options, str(found), str(CORPUS / name)]
    log = WORK / name / "log.txt"
    with log.open("wb") as file:
        done = subprocess.run(program, check=False, cwd=ROOT, stdout=file, stderr=file)
    written = log.read_text("utf-8", "replace")
    count = written.rpartition("number_of_executed_units:")[2].partition("\n")[0].strip()
    if done.returncode:
        begun = written.find("Uncaught Python exception")
        print(written[begun:][:4000] if begun >= 0 else written[-4000:])
        print(f"fuzz: {name} FAILED: the input is in {failures}")
    else:
        print(f"fuzz: {name} read {count} inputs", flush=True)
    return done.returncode


def add_to_corpus(name: str) -> None:
    """Add inputs with new coverage to the corpus, each of at most 1 KB."""
    found = WORK / name / "found"
    small = WORK / name / "small"
    small.mkdir(parents=True, exist_ok=True)
    for file in found.iterdir():
        if file.stat().st_size <= 1024:
            (small / file.name).write_bytes(file.read_bytes())
    program = [sys.executable, __file__, "--one", name, "-merge=1", "-verbosity=0"]
    subprocess.run([*program, str(CORPUS / name), str(small)], check=True, cwd=ROOT)


def one(name: str, options: list[str]) -> None:
    """Run libFuzzer on a target, in this process."""
    atheris: Any = importlib.import_module("atheris")  # only in .venv-fuzzing/

    with atheris.instrument_imports(include=["langchain_telnyx"]):
        from tests.fuzzing.targets import TARGETS  # noqa: PLC0415 - instrumented on import
    logging.disable()
    warnings.simplefilter("ignore")
    atheris.Setup([__file__, *options], TARGETS[name])
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """Fuzz each target; return 1 if one failed."""
    sys.path.insert(0, str(ROOT))
    if arguments[:1] == ["--one"]:
        one(arguments[1], arguments[2:])
        return 0
    from tests.fuzzing.targets import TARGETS  # noqa: PLC0415 - see `one`

    parser = argparse.ArgumentParser(description="Fuzz the parsers of external input.")
    parser.add_argument("--time", type=int, default=60, help="seconds for all targets together")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the inputs")
    parser.add_argument(
        "--keep", action="store_true", help="add inputs with new coverage to the corpus"
    )
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="default: all")
    options = parser.parse_args(arguments)
    names = options.targets or list(TARGETS)
    seconds = max(1, options.time // len(names))
    failed = [name for name in names if fuzz(name, seconds, options.seed)]
    if options.keep:
        for name in names:
            add_to_corpus(name)
    print(
        f"fuzz: {len(names)} targets, {len(failed)} failed{': ' if failed else ''}"
        f"{', '.join(failed)}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
