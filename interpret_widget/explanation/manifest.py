"""The manifest of a saved explanation: written last, checked first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interpret_widget._version import __version__
from interpret_widget.errors import InvalidInputError

from .parquet import read_table

FORMAT = "interpret-widget/explanation"
VERSION = 2
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Format:
    """What a folder holds.

    Attributes
    ----------
    name : str
    version : int
        The latest that is known here.
    noun, writer : str
        For messages: what it is, and what writes it.
    """

    name: str
    version: int
    noun: str
    writer: str


EXPLANATION = Format(FORMAT, VERSION, "explanation", "explanation.save")


@dataclass(frozen=True)
class Folder:
    """Where the files of an explanation lie: on this machine, or in a store that hands them over one by one.

    Attributes
    ----------
    where : str
        For messages.
    read : callable
        Name of a file → its bytes; FileNotFoundError where it is not there.
    """

    where: str
    read: Callable[[str], bytes]

    @classmethod
    def local(cls, path: Path) -> Folder:
        """A folder of this machine."""

        def read(name: str) -> bytes:
            file = path / name
            if not file.is_file():
                raise FileNotFoundError(str(file))
            return file.read_bytes()

        return cls(f"path={str(path)!r}", read)


def written(folder: Path, said: Mapping[str, Any], kind: Format = EXPLANATION) -> None:
    """Write the manifest: what `said` holds, signed."""
    manifest = {"format": kind.name, "version": kind.version, "written_by": __version__, **said}
    manifest["sha256"] = _signature(manifest)
    text = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / MANIFEST).write_text(text, "utf-8")


def read_manifest(folder: Folder, kind: Format = EXPLANATION) -> Mapping[str, Any]:
    """The manifest, checked.

    Raises
    ------
    InvalidInputError
        It is missing, damaged, of something else, or of a newer version.
    """
    try:
        content = folder.read(MANIFEST)
    except FileNotFoundError:
        raise InvalidInputError(
            f"{folder.where} holds no {MANIFEST}; give the folder that {kind.writer} wrote"
        ) from None
    try:
        manifest = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{folder.where}: {MANIFEST} is damaged ({error}); save it again") from None
    if not isinstance(manifest, dict) or manifest.get("format") != kind.name:
        raise InvalidInputError(f"{folder.where} holds something else than what {kind.writer} writes")
    version = manifest.get("version")
    if type(version) is not int or not 1 <= version <= kind.version:
        raise InvalidInputError(
            f"{folder.where} was written by interpret-widget {manifest.get('written_by')} in version "
            f"{version} of the format; this one reads up to {kind.version}. pip install -U interpret-widget"
        )
    try:
        known = manifest.get("sha256") == _signature(manifest)
    except (ValueError, RecursionError):  # text that no encoding has
        known = False
    if not known:
        raise InvalidInputError(
            f"{folder.where}: {MANIFEST} is damaged (checksum differs); save the {kind.noun} again"
        )
    return manifest


def checked_bytes(folder: Folder, manifest: Mapping[str, Any], name: str) -> bytes:
    """A file as it was saved."""
    known = manifest["files"].get(name)
    try:
        content = None if known is None else folder.read(name)
    except FileNotFoundError:
        content = None
    if content is None:
        raise InvalidInputError(f"{folder.where}: {name} is missing; save it again")
    if hashlib.sha256(content).hexdigest() != known["sha256"]:
        raise InvalidInputError(
            f"{folder.where}: {name} is not as it was saved (checksum differs); save it again"
        )
    return content


def checked_table(folder: Folder, manifest: Mapping[str, Any], name: str) -> Any:
    """An Arrow table as it was saved."""
    content = checked_bytes(folder, manifest, f"{name}.parquet")
    try:
        return read_table(content)
    except MemoryError:
        raise
    except Exception as error:
        raise InvalidInputError(
            f"{folder.where}: {name}.parquet cannot be read ({type(error).__name__}: {error}); save it again"
        ) from error


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        found = hashlib.sha256()
        while block := stream.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _signature(manifest: Mapping[str, Any]) -> str:
    """Digest of everything else in the manifest, whatever its layout: base values must not rot unseen."""
    said = {key: value for key, value in manifest.items() if key != "sha256"}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
