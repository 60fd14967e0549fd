# The only list of the exports; `__init__.py` reads it.
from langchain_telnyx.transcripts.transcript import Transcript as Transcript
from langchain_telnyx.transcripts.turns import ToolUse as ToolUse
from langchain_telnyx.transcripts.turns import Turn as Turn
from langchain_telnyx.transcripts.turns import Word as Word

__all__: list[str]
