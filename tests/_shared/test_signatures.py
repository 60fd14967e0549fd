"""Signatures that are computed in advance are those of the methods."""

import copy
import inspect
import pickle
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from langchain_telnyx import ChatTelnyx
from langchain_telnyx._shared.signatures import compute_signatures


class Plain:
    """An example."""

    def add(self, first: int, *, second: int = 2) -> int:
        """Add numbers."""
        return first + second


class Computed(Plain):
    """The same, with a signature that is computed in advance."""

    def add(self, first: int, *, second: int = 2) -> int:
        """Add numbers."""
        return first + second


compute_signatures(Computed, "add")


def test_a_bound_method_has_the_same_signature_and_result() -> None:
    assert inspect.signature(Computed().add) == inspect.signature(Plain().add)
    assert inspect.signature(Computed.add) == inspect.signature(Plain.add)
    assert Computed().add(1) == 3
    assert Computed().add(1, second=5) == 6
    with pytest.raises(TypeError, match="third"):
        Computed().add(1, third=3)  # type: ignore[call-arg]


def test_a_subclass_can_override_and_call_the_method() -> None:
    class Doubled(Computed):
        def add(self, first: int, *, second: int = 2) -> int:
            return 2 * super().add(first, second=second)

    assert Doubled().add(1) == 6


@pytest.mark.parametrize("name", ["_generate", "_agenerate"])
def test_the_model_accepts_what_langchain_core_passes(name: str) -> None:
    ours = inspect.signature(getattr(ChatTelnyx(api_key="KEY"), name)).parameters
    core = [*inspect.signature(getattr(BaseChatModel, name)).parameters][1:]
    assert [*ours] == core


def test_the_model_is_copied_and_pickled_with_its_own_methods() -> None:
    model = ChatTelnyx(api_key="KEY0123456", model="a")
    unpickled = pickle.loads(pickle.dumps(model))  # noqa: S301 - its own pickle
    for made in (copy.deepcopy(model), unpickled):
        assert made.model_name == "a"
        assert "messages" in inspect.signature(made._generate).parameters  # noqa: SLF001 - core's


class Fixed(ChatTelnyx):
    """A subclass that answers itself."""

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("fixed"))])

    async def _agenerate(self, *_: Any, **__: Any) -> ChatResult:
        return self._generate()


async def test_a_subclass_of_the_model_can_answer_itself() -> None:
    model = Fixed(api_key="KEY")
    assert model.invoke("hi").content == "fixed"
    assert (await model.ainvoke("hi")).content == "fixed"
