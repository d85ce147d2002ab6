"""The JSON of a city: one document, or a line for each feature; what all of it shares."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tiles.crs import recognise
from tiles.errors import BadInput
from tiles.frame import Vec3s

Json = Mapping[str, Any]

_FARTHEST = 1e12
"""Of vertices as they are written: whole steps of a millimetre or less, up to the size of the Earth."""
VERSIONS = ("0.9", "1.0", "1.1", "2.0")


def documents(path: Path) -> list[Json]:
    """The one document of CityJSON, or the lines of CityJSONSeq, the first of which holds what they share."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name} is not CityJSON that can be read: {error}.") from error
    try:
        found = _parsed(text, path.name)
    except RecursionError:
        raise BadInput(f"{path.name} has lists within lists beyond all measure; export it again.") from None
    _require_version(found[0], path.name)
    return found


def _parsed(text: str, name: str) -> list[Json]:
    try:
        return [_object(json.loads(text), name)]
    except ValueError as whole:
        try:
            lines = [_object(json.loads(line), name) for line in text.splitlines() if line.strip()]
        except ValueError:
            lines = []
        if not lines:
            raise BadInput(f"{name} is not JSON that can be read: {whole}.") from None
        return lines


def _object(document: Any, name: str) -> Json:
    kind = document.get("type") if isinstance(document, dict) else type(document).__name__
    if not isinstance(document, dict) or kind not in ("CityJSON", "CityJSONFeature"):
        raise BadInput(f"{name} is no CityJSON: its type is {str(kind)[:60]!r}.")
    return document


def _require_version(head: Json, name: str) -> None:
    if head.get("type") != "CityJSON":
        raise BadInput(f"{name} begins with a feature; the first line of CityJSONSeq is a CityJSON object.")
    said = str(head.get("version"))
    if not said.startswith(VERSIONS):
        raise BadInput(
            f"{name} is CityJSON {said[:20]}; upgrade it to one of {', '.join(VERSIONS)}, for example with cjio."
        )


def member(document: Json, key: str, kind: type, name: str) -> Any:
    """What a document must have under a key, of this kind; raises `BadInput`."""
    value = document.get(key)
    if not isinstance(value, kind):
        raise BadInput(f"{name} is broken: its {key} are missing or not as CityJSON has them; export it again.")
    return value


def vertices(document: Json, head: Json, name: str) -> Vec3s:
    """A document's vertices, (n, 3), in the units of its reference system."""
    try:
        found = rows(member(document, "vertices", list, name))
        transform = head.get("transform")
        if transform is not None:
            found = found * rows([transform["scale"]]) + rows([transform["translate"]])
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise BadInput(f"{name} is broken: its vertices are not rows of three numbers ({error}).") from error
    return found


def rows(values: Any, width: int = 3) -> Vec3s:
    """Rows of so many numbers, (n, width); raises `ValueError` or `TypeError` for what is none or beyond all reach."""
    found = np.array(values, np.float64).reshape(-1, width)
    if not (np.abs(found) <= _FARTHEST).all():
        raise ValueError("some are no numbers, or larger than any place has")
    return found


def crs(head: Json, name: str) -> str | None:
    """The EPSG code in `metadata`: a URL since 1.1, a URN in 0.9 and 1.0."""
    metadata = head.get("metadata")
    stated = metadata.get("referenceSystem") if isinstance(metadata, dict) else None
    if stated is None:
        return None
    code = re.search(r"(\d{1,9})\s*$", str(stated))
    if code is None:
        raise BadInput(
            f"{name} names its reference system as {str(stated)[:60]!r}; "
            "write https://www.opengis.net/def/crs/EPSG/0/7415."
        )
    return recognise(f"EPSG:{code[1]}")
