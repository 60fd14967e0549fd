"""Read the files of `ask` as text: office documents, books, notebooks, and text in any encoding.

Each reader returns the text as Markdown with the places in it: page, sheet, slide, chapter, cell.
Only spreadsheets and PDFs need a library; the other formats are XML in a ZIP archive, which the
standard library reads, and the libraries for them bring lxml and Pillow.
"""

from langchain_telnyx.cli.reading.documents import CONVERTED, read_document
from langchain_telnyx.cli.reading.text import Document, UnreadableFileError

__all__ = ["CONVERTED", "Document", "UnreadableFileError", "read_document"]
