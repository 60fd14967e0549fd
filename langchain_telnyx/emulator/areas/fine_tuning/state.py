"""The models of an account: the catalogue, and those it has trained."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from langchain_telnyx.emulator.areas.fine_tuning.examples import Example
from langchain_telnyx.emulator.model.catalogue import CATALOGUE, ModelCard
from langchain_telnyx.emulator.search.words import terms
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import INTEGER, KEY, TEXT, Rows, Table, schema

SUCCEEDED = "succeeded"

_MODELS = Table(
    "tuned_models",
    dict[str, str],
    {
        "name": f"{KEY} REFERENCES jobs (id) ON DELETE CASCADE",
        "base": TEXT,
        "trained_tokens": INTEGER,
    },
)
_ANSWERS = Table(
    "trained_answers",
    dict[str, str],
    {
        "model": f"{TEXT} REFERENCES tuned_models (name) ON DELETE CASCADE",
        "question": TEXT,
        "answer": TEXT,
    },
    key=["model", "question"],
)
SCHEMA = schema(_MODELS, _ANSWERS)


class Models(Mapping[str, ModelCard]):
    """All models by id; a trained model returns the answers of its training data.

    Args:
        store: The database of trained models.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._models = Rows(store, _MODELS)
        self._answers = Rows(store, _ANSWERS)

    def __getitem__(self, name: str) -> ModelCard:
        card = CATALOGUE.get(name)
        if card is not None:
            return card
        row = self._store.row(
            "SELECT base FROM tuned_models JOIN jobs ON id = name WHERE name = ? AND status = ?",
            name,
            SUCCEEDED,
        )
        if row is None:
            raise KeyError(name)
        base = CATALOGUE[row["base"]]
        return replace(
            base, id=name, base=base.id, trained=lambda question: self._answer(name, question)
        )

    def __iter__(self) -> Iterator[str]:
        yield from CATALOGUE
        own = self._store.rows(
            "SELECT name FROM tuned_models JOIN jobs ON id = name WHERE status = ? ORDER BY number",
            SUCCEEDED,
        )
        yield from (row["name"] for row in own)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def train(self, name: str, base: str, examples: Iterable[Example], *, epochs: int) -> None:
        """Store a trained model; it is available once its job has succeeded."""
        trained = list(examples)
        answers = {
            _key(question): answer for example in trained for question, answer in example.answers()
        }
        tokens = epochs * sum(example.tokens for example in trained)
        with self._store.transaction():
            # A job interrupted by a crash runs again.
            self._models.delete(name=name)
            self._models.insert(name=name, base=base, trained_tokens=tokens)
            self._answers.insert_all(
                {"model": name, "question": question, "answer": answer}
                for question, answer in answers.items()
            )

    def trained_tokens(self, name: str) -> int:
        """Return the number of tokens a model was trained on; 0 if its job did not succeed."""
        row = self._store.row(
            "SELECT trained_tokens FROM tuned_models JOIN jobs ON id = name "
            "WHERE name = ? AND status = ?",
            name,
            SUCCEEDED,
        )
        return row["trained_tokens"] if row else 0

    def _answer(self, name: str, question: str) -> str | None:
        row = self._answers.get(model=name, question=_key(question))
        return row["answer"] if row else None


def _key(question: str) -> str:
    """Return a question's normalized words, equal for variants of the same question."""
    return " ".join(terms(question))
