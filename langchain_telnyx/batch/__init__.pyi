# The only list of the exports; `__init__.py` reads it.
from langchain_telnyx.batch.analyze import Analyze as Analyze
from langchain_telnyx.batch.chat import Chat as Chat
from langchain_telnyx.batch.costs import Estimate as Estimate
from langchain_telnyx.batch.embed import Embed as Embed
from langchain_telnyx.batch.estimates import estimate as estimate
from langchain_telnyx.batch.local import aprocess as aprocess
from langchain_telnyx.batch.local import arun as arun
from langchain_telnyx.batch.local import process as process
from langchain_telnyx.batch.local import run as run
from langchain_telnyx.batch.recordings import recordings as recordings
from langchain_telnyx.batch.report import Report as Report
from langchain_telnyx.batch.stage import Stage as Stage
from langchain_telnyx.batch.store import AddToStore as AddToStore
from langchain_telnyx.batch.transcribe import Transcribe as Transcribe

__all__: list[str]
