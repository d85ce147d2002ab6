"""What is known of each element beyond what tiles say, in files beside the tileset, found by the element's GUID.

``properties/N.json`` is an object of elements by GUID, each an object of property sets by name, each an object of
values by name. N is the 32-bit FNV-1a hash of the GUID in UTF-8, modulo the number of files, which the tileset's
metadata gives as ``propertyFiles``.
"""

import json
from collections.abc import Iterable

from models.model import Element
from tiles.store import Put

FOLDER = "properties"
_FILE_BYTES = 32_768  # before compression, about: what is fetched for one click
_OFFSET_BASIS, _PRIME = 0x811C9DC5, 0x01000193  # FNV-1a (Fowler, Noll and Vo; RFC 9923)


def write_properties(elements: Iterable[Element], store: Put, base: str = "") -> int:
    """Put the properties of elements beside the tileset in the folder `base`; how many files there are, 0 for none."""
    known = {each.guid: each.properties for each in elements if each.properties}
    texts = {guid: json.dumps({guid: sets}, ensure_ascii=False, separators=(",", ":")) for guid, sets in known.items()}
    count = -(-sum(map(len, texts.values())) // _FILE_BYTES)
    files: list[list[str]] = [[] for _ in range(count)]
    for guid, text in sorted(texts.items()):
        files[fnv1a(guid) % count].append(text[1:-1])
    for number, parts in enumerate(files):
        store.put(f"{base}{FOLDER}/{number}.json", f"{{{','.join(parts)}}}".encode())
    return count


def fnv1a(text: str) -> int:
    """The 32-bit FNV-1a hash of a text in UTF-8."""
    hashed = _OFFSET_BASIS
    for byte in text.encode():
        hashed = (hashed ^ byte) * _PRIME & 0xFFFFFFFF
    return hashed
