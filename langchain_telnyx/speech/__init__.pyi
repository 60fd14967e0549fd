# The only list of the exports; `__init__.py` reads it.
from langchain_telnyx.speech.base import TelnyxTextToSpeech as TelnyxTextToSpeech
from langchain_telnyx.speech.results import TelnyxSpeech as TelnyxSpeech

__all__: list[str]
