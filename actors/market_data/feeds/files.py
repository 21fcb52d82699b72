"""Reading tape files: bytes to lines of text, and every fault of a file to one line of BadData.

Decides which files can be read (text, gzip, zip members) and how a damaged one is reported. Knows no
column and no price. Input: paths; output: lines without their line ends, blank ones left out.
"""

import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import IO, cast

from ...errors import BadData

CHUNK = 1 << 20

# What the standard readers raise on damaged, encrypted or exotic input.
FAULTS = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    LookupError,
    OverflowError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
)


def shown(text: object, limit: int = 80) -> str:
    """Foreign text for a one-line message: printable ASCII, shortened."""
    plain = str(text).encode("ascii", "backslashreplace").decode()
    plain = "".join(c if c.isprintable() else repr(c)[1:-1] for c in plain)
    return plain if len(plain) <= limit else plain[: limit - 3] + "..."


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn every fault of reading ``path`` into BadData: what, where, how to mend it."""
    try:
        yield
    except FileNotFoundError:
        raise BadData(f"no such file: {shown(path, 200)}; check data.source") from None
    except PermissionError:
        raise BadData(f"not allowed to read {shown(path, 200)}; check its permissions") from None
    except FAULTS as fault:
        raise BadData(
            f"cannot read {shown(path, 200)}: {shown(fault) or type(fault).__name__}; "
            "the file is damaged or not what its name says: fetch it again"
        ) from None


def content_hash(paths: Iterable[Path], *parameters: object) -> str:
    """64 hex digits over the parameters and the bytes of all files, in order; BadData if unreadable."""
    digest = blake2b(digest_size=32)
    for part in parameters:
        raw = str(part).encode("utf-8", "surrogateescape")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    for path in paths:
        size = 0
        with readable(path), path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        digest.update(size.to_bytes(8, "big"))
    return digest.hexdigest()


def zip_names(path: Path) -> list[str]:
    """The names of the files in a zip."""
    with readable(path), zipfile.ZipFile(path) as archive:
        return [name for name in archive.namelist() if not name.endswith("/")]


def zip_texts(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Name and lines of every file in a zip, blank lines left out; undecodable bytes become U+FFFD."""
    with readable(path), zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.endswith("/"):
                text = archive.read(name).decode("utf-8-sig", errors="replace")
                yield name, [line for line in text.splitlines() if line.strip()]


def zip_member(path: Path) -> str:
    """The name of the one file in a zip; BadData when it holds none or several."""
    names = zip_names(path)
    if len(names) != 1:
        raise BadData(
            f"{shown(path, 200)} holds {len(names)} files, a tape has one (option chains are not tapes); "
            "name the zip of one equity or index"
        )
    return names[0]


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a text file, a ``.gz`` of one, or a ``.zip`` with one member; lazily.

    Bytes that are not UTF-8 become U+FFFD, so that one bad byte spoils one row and not the file.
    """
    with readable(path):
        suffix = path.suffix.lower()
        if suffix == ".zip":
            member = zip_member(path)
            with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
                yield from _decoded(stream)
        elif suffix == ".gz":
            with gzip.open(path, "rb") as stream:
                yield from _decoded(cast("IO[bytes]", stream))
        else:
            with path.open("rb") as stream:
                yield from _decoded(stream)


def _decoded(stream: IO[bytes]) -> Iterator[str]:
    with io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace") as text:
        for line in text:
            stripped = line.strip(" \n")  # a tab may be an empty column
            if stripped:
                yield stripped
