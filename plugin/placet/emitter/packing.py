"""Files as one archive: the same bytes for the same content."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from hashlib import sha256


def packed(files: Mapping[str, bytes]) -> bytes:
    """A compressed tar archive; times and owners are nobody's, and names are in order."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(archive.getvalue(), compresslevel=6, mtime=0)


def digest(files: Mapping[str, bytes]) -> str:
    """A digest of names and contents."""
    whole = sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{name} {len(content)}\n".encode() + content)
    return whole.hexdigest()


def as_json(value: object) -> bytes:
    """JSON with members in order, and texts as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
