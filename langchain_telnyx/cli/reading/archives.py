"""The parts of ZIP archives with XML, within limits."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self
from xml.etree.ElementTree import Element, ParseError, XMLParser

from langchain_telnyx.cli.reading.text import UnreadableFileError

_MAX_PART = 64 * 1024 * 1024
"""The most bytes of a part, decompressed."""
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


class Archive:
    """A document's archive; a context manager.

    Args:
        path: The file.

    Raises:
        UnreadableFileError: It is not an archive.
    """

    def __init__(self, path: object) -> None:
        try:
            self._zip = zipfile.ZipFile(str(path))
        except zipfile.BadZipFile as error:
            raise UnreadableFileError("damaged, or not of the format that its name says") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def data(self, name: str) -> bytes:
        """Return the bytes of a part.

        Raises:
            UnreadableFileError: It is missing, encrypted, damaged or too large.
        """
        try:
            with self._zip.open(name) as part:
                data = part.read(_MAX_PART + 1)
        except KeyError as error:
            raise UnreadableFileError(f"damaged: it has no part {name!r}") from error
        except RuntimeError as error:
            raise UnreadableFileError("encrypted with a password") from error
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
            raise UnreadableFileError(f"damaged: {error}") from error
        except Exception as error:
            if type(error).__module__ != "zlib":
                raise
            raise UnreadableFileError(f"damaged: {error}") from error
        if len(data) > _MAX_PART:
            raise UnreadableFileError("a part of it has more than 64 MB")
        return data

    def xml(self, name: str) -> Element:
        """Return the root of an XML part.

        Raises:
            UnreadableFileError: As `data`, or it is not XML.
        """
        data = self.data(name)
        if _DOCTYPE.search(data[:1024]):
            raise UnreadableFileError(f"damaged: its part {name!r} declares entities")
        parser = XMLParser()  # noqa: S314 - no entities, see above; expat limits the rest
        try:
            parser.feed(data)
            root: Element = parser.close()
        except ParseError as error:
            raise UnreadableFileError(f"damaged: {error}") from error
        return root

    def targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the related parts of an Office part by id: the kind, and the name."""
        folder, name = posixpath.split(part)
        rels = f"{folder}/_rels/{name}.rels"
        if rels not in self:
            return {}
        return {
            each.get("Id", ""): (
                each.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join(folder, each.get("Target", ""))).lstrip("/"),
            )
            for each in self.xml(rels).iter(_RELATIONSHIP)
            if each.get("TargetMode") != "External"
        }


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its name without its namespace, or an empty string."""
    return next(
        (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), ""
    )


def walk(element: Element, skip: frozenset[str] = frozenset()) -> Iterator[Element]:
    """Yield the elements below one in document order, without those of skipped names."""
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif local(child) not in skip:
            yield child
            stack.append(iter(child))
