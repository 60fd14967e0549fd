"""`langchain-telnyx search` and `models`: results with scores, the catalogue, filters, JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import TelnyxVectorStore
from langchain_telnyx.cli import main

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.fixture
def account(telnyx_emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch) -> TelnyxEmulator:
    for name, value in telnyx_emulator.environment().items():
        monkeypatch.setenv(name, value)
    return telnyx_emulator


@pytest.fixture
def _moons(account: TelnyxEmulator) -> None:
    del account
    texts = ["Titan has a thick atmosphere.", "The crust of Europa is ice."]
    TelnyxVectorStore("moons").add_texts(texts, [{"page": 1}, {"page": 2}], ids=["titan", "europa"])


def models(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["models", "--json", *arguments]) == 0
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["models"]
    return rows


@pytest.mark.usefixtures("_moons")
def test_passages_come_best_first_with_bucket_file_and_score(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["search", "Which moon has an atmosphere?", "--bucket", "moons"]) == 0
    blocks = capsys.readouterr().out.strip().split("\n\n")
    first, second = (block.splitlines() for block in blocks)
    assert first[0].startswith("[1] moons/titan  0.")
    assert first[1] == "Titan has a thick atmosphere."
    assert second[0].startswith("[2] moons/europa  0.")
    assert float(first[0].split()[-1]) > float(second[0].split()[-1])


@pytest.mark.usefixtures("_moons")
def test_passages_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--bucket", "moons", "-k", "1", "--json"]
    assert main(["search", "Which moon has an atmosphere?", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["query"] == "Which moon has an atmosphere?"
    [result] = found["results"]
    assert 0 < result.pop("score") <= 1
    assert result == {
        "rank": 1,
        "bucket": "moons",
        "source": "titan",
        "text": "Titan has a thick atmosphere.",
        "metadata": {"page": 1},
    }


@pytest.mark.usefixtures("_moons")
def test_nothing_found_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "?", "--bucket", "moons", "--min-score", "1"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Nothing was found." in printed.err


def test_web_pages(account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]) -> None:
    account.add_web_page("https://moons.example/io", title="Io", text="Io has many volcanoes.")
    arguments = ["search", "volcanoes", "--web", "--domain", "moons.example"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("[1] https://moons.example/io\nIo\n")
    assert main([*arguments, "--json"]) == 0
    [result] = json.loads(capsys.readouterr().out)["results"]
    assert result["score"] is None
    assert (result["url"], result["title"]) == ("https://moons.example/io", "Io")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "pass the `--bucket` to search, or `--web`."),
        (["--web", "--bucket", "moons"], "`--web` searches no bucket"),
        (["--bucket", "moons", "--freshness", "day"], "`freshness` is for the web: pass `--web`."),
        (["--bucket", "moons"], "set TELNYX_API_KEY"),
    ],
)
def test_a_usage_error_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "?", *arguments]) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert printed.count("\n") == 1


def test_the_catalogue_has_context_prices_and_capabilities(
    capsys: pytest.CaptureFixture[str],
) -> None:
    [kimi] = models(capsys, "kimi-k2.6")
    assert kimi.keys() == {
        *("id", "task", "context", "max_output", "price"),
        *("capabilities", "regions", "service_tiers"),
    }
    assert kimi["id"] == "moonshotai/Kimi-K2.6"
    assert kimi["context"] == 262144
    assert kimi["price"] == {"prompt": "0.665", "completion": "4", "cached": "0.08"}
    assert kimi["capabilities"] == ["tools", "json", "reasoning", "image"]
    assert main(["models", "kimi-k2.6"]) == 0
    printed = capsys.readouterr()
    heading, row = printed.out.splitlines()
    assert heading.split() == ["model", "context", "$", "in", "$", "out", "capabilities"]
    assert row.split()[:4] == ["moonshotai/Kimi-K2.6", "262144", "0.665", "4"]
    assert "USD for a million tokens" in printed.err


def test_filters_and_orders(capsys: pytest.CaptureFixture[str]) -> None:
    everything = models(capsys, "--task", "all")
    seeing = models(capsys, "--with", "image", "--with", "tools", "--min-context", "300000")
    assert seeing
    assert all({"image", "tools"} <= set(row["capabilities"]) for row in seeing)
    assert all(row["context"] >= 300000 for row in seeing)
    assert {row["task"] for row in models(capsys, "--task", "embeddings")} == {"embeddings"}
    assert len(everything) == len(models(capsys)) + len(models(capsys, "--task", "embeddings"))
    named = [row["id"].lower() for row in models(capsys, "glm", "kimi", "--sort", "name")]
    assert named == sorted(named)
    assert all("glm" in name or "kimi" in name for name in named)
    priced = [row["price"] for row in models(capsys, "--sort", "price")]
    known = [float(price["prompt"]) + float(price["completion"]) for price in priced if price]
    assert known == sorted(known)
    assert priced[len(known) :] == [None] * (len(priced) - len(known))


def test_no_model_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "no-such-model"]) == 1
    assert "None of the " in capsys.readouterr().err
