"""The model catalogue, on the current path and the deprecated one.

API page: https://developers.telnyx.com/api-reference/chat/get-available-models
"""

from datetime import datetime
from typing import Any, TypeAlias

from langchain_telnyx.client.call import Call
from langchain_telnyx.client.decode import Model, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.rows import Rows


class ModelInfo(Model):
    """One model of the catalogue; rows of external models have few fields.

    Attributes:
        id: The name to use in requests.
        created: When it was published; the API has returned a time and a number of seconds.
        context_length: Tokens of input and output together.
        max_completion_tokens: Tokens of output at most.
        task: `text-generation`, `audio-text-to-text`, … in spellings that vary.
        pricing: Decimal strings in USD for a million tokens; the names vary.
        object: The type of the row: `model`.
        owned_by: Who published the model.
        organization: The organization of the model's name.
        languages: Its languages.
        parameters: The number of its parameters.
        parameters_str: The same in words, such as `70B`.
        tier: Its class of price and rate limits.
        license: Its licence.
        description: The vendor's description.
        base_model: The model it was trained from.
        is_fine_tunable: Whether it can be fine-tuned.
        is_vision_supported: Whether it accepts images.
        recommended_for_assistants: Whether the vendor recommends it for assistants.
        regions: Where it runs.
        regions_by_service_tier: Service tier to the regions where it is available; `regions` has
            the regions of all tiers together.
        service_tiers: The values of `service_tier` that it accepts: `default`, `priority`, `flex`.
            Missing for external models.
    """

    id: str
    object: str | None = None
    created: datetime | None = None
    owned_by: str | None = None
    organization: str | None = None
    context_length: int | None = None
    max_completion_tokens: int | None = None
    languages: list[str] | None = None
    parameters: int | None = None
    parameters_str: str | None = None
    tier: str | None = None
    license: str | None = None
    task: str | None = None
    description: str | None = None
    base_model: str | None = None
    is_fine_tunable: bool | None = None
    is_vision_supported: bool | None = None
    recommended_for_assistants: bool | None = None
    regions: list[str] | None = None
    regions_by_service_tier: dict[str, list[str]] | None = None
    service_tiers: list[str] | None = None
    pricing: dict[str, Any] | None = None


# Defined here, because `list` is a method inside the class.
Catalogue: TypeAlias = Rows[ModelInfo]


class Models(Resource[M]):
    """`telnyx.models`: the model catalogue."""

    @endpoint
    def list(self) -> Call[Catalogue]:
        """List the chat models.

        Operation: `list_openai_models`.
        """
        return Call("GET", "/ai/openai/models", _models)

    @endpoint
    def list_deprecated(self) -> Call[Catalogue]:
        """List the chat models on the deprecated path.

        Operation: `get_models_public_models_get`.
        """
        return Call("GET", "/ai/models", _models)


_models = rows(ModelInfo)
