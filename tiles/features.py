"""Who is who in a tile: EXT_mesh_features and EXT_structural_metadata (Cesium, both as used by 3D Tiles 1.1)."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np

from .glb import GlbWriter, Json

_METADATA = "EXT_structural_metadata"
_FEATURES = "EXT_mesh_features"
_COMPONENT_TYPES = {"u1": "UINT8", "u2": "UINT16", "u4": "UINT32"}


def add_property_attributes(writer: GlbWriter, primitive: Json, columns: Mapping[str, str]) -> None:
    """Describe a primitive's columns, one integer per point of a type such as "u1", as the properties they are.

    Column ``return_number`` is the attribute ``_RETURN_NUMBER`` and the property ``returnNumber``.
    """
    if not columns:
        return
    schema = {
        _camel_case(name): {"type": "SCALAR", "componentType": _COMPONENT_TYPES[kind], "required": True}
        for name, kind in columns.items()
    }
    attributes = {_camel_case(name): {"attribute": f"_{name.upper()}"} for name in columns}
    writer.use(_METADATA)
    writer.document.setdefault("extensions", {})[_METADATA] = {
        "schema": {"id": "point_cloud", "classes": {"point": {"properties": schema}}},
        "propertyAttributes": [{"class": "point", "properties": attributes}],
    }
    primitive.setdefault("extensions", {})[_METADATA] = {"propertyAttributes": [0]}


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def add_feature_table(writer: GlbWriter, columns: Mapping[str, Sequence[str]]) -> Json:
    """Write text columns, one row per feature, as a property table; give what every primitive must carry.

    The primitives' features are then in the attribute ``_FEATURE_ID_0``. Columns without any text are left out.
    """
    count = max((len(column) for column in columns.values()), default=0)
    filled = {name: column for name, column in columns.items() if any(column)}
    feature_ids: Json = {"featureCount": count, "attribute": 0}
    writer.use(_FEATURES)
    if filled:
        writer.use(_METADATA)
        table = {name: _strings(writer, column) for name, column in filled.items()}
        properties = {name: {"type": "STRING", "noData": ""} for name in filled}
        writer.document.setdefault("extensions", {})[_METADATA] = {
            "schema": {"id": "plan_model", "classes": {"element": {"properties": properties}}},
            "propertyTables": [{"name": "elements", "class": "element", "count": count, "properties": table}],
        }
        feature_ids["propertyTable"] = 0
    return {"extensions": {_FEATURES: {"featureIds": [feature_ids]}}}


def _strings(writer: GlbWriter, texts: Sequence[str]) -> Json:
    encoded = [text.encode() for text in texts]
    offsets = np.fromiter(accumulate(map(len, encoded), initial=0), np.uint32, len(encoded) + 1)
    return {
        "values": writer.view(b"".join(encoded)),
        "stringOffsets": writer.view(offsets.tobytes()),
        "stringOffsetType": "UINT32",
    }
