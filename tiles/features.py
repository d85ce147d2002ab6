"""Who is who in a tile: EXT_mesh_features and EXT_structural_metadata (Cesium, both as used by 3D Tiles 1.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from .glb import GlbWriter, Json

_METADATA = "EXT_structural_metadata"
_FEATURES = "EXT_mesh_features"
_INSTANCE_FEATURES = "EXT_instance_features"
_INSTANCING = "EXT_mesh_gpu_instancing"
_ENUM_ENTRY_BYTES, _STRING_BYTES = 22, 3  # what a name in the schema and a text in a table take beside the text itself
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

    The primitives' features are then in the attribute ``_FEATURE_ID_0``. Columns without any text are left out; those
    whose texts come back often are enumerated.
    """
    count = max((len(column) for column in columns.values()), default=0)
    filled = {name: _column(writer, name, column) for name, column in columns.items() if any(column)}
    writer.use(_FEATURES)
    if filled:
        writer.use(_METADATA)
        element = {"properties": {name: column.described for name, column in filled.items()}}
        schema: Json = {"id": "plan_model", "classes": {"element": element}}
        if enums := {f"{name}Names": column.enum for name, column in filled.items() if column.enum}:
            schema["enums"] = enums
        table = {name: column.values for name, column in filled.items()}
        writer.document.setdefault("extensions", {})[_METADATA] = {
            "schema": schema,
            "propertyTables": [{"name": "elements", "class": "element", "count": count, "properties": table}],
        }
    return {"extensions": {_FEATURES: {"featureIds": [_feature_ids(count, described=bool(filled))]}}}


def add_instance_features(writer: GlbWriter, node: Json, features: int, columns: Mapping[str, Sequence[str]]) -> None:
    """Say whose features the instances of a node are (EXT_instance_features): those in the accessor `features`."""
    count = max((len(column) for column in columns.values()), default=0)
    described = any(any(column) for column in columns.values())
    writer.use(_INSTANCE_FEATURES)
    node["extensions"][_INSTANCING]["attributes"]["_FEATURE_ID_0"] = features
    node["extensions"][_INSTANCE_FEATURES] = {"featureIds": [_feature_ids(count, described=described)]}


def _feature_ids(count: int, *, described: bool) -> Json:
    return {"featureCount": count, "attribute": 0} | ({"propertyTable": 0} if described else {})


@dataclass(frozen=True)
class _Column:
    """A column of a property table: its property in the schema, and where its values are."""

    described: Json
    values: Json
    enum: Json | None = None


def _column(writer: GlbWriter, name: str, texts: Sequence[str]) -> _Column:
    names = sorted(set(texts))
    kind = np.min_scalar_type(len(names))
    as_enum = sum(_ENUM_ENTRY_BYTES + len(text.encode()) for text in names) + kind.itemsize * len(texts)
    if as_enum >= sum(_STRING_BYTES + len(text.encode()) for text in texts):
        return _Column({"type": "STRING", "noData": ""}, _strings(writer, texts))
    number = {text: value for value, text in enumerate(names)}
    values = np.array([number[text] for text in texts], kind)
    enum = {
        "valueType": _COMPONENT_TYPES[kind.str[1:]],
        "values": [{"name": text, "value": value} for text, value in number.items()],
    }
    described = {"type": "ENUM", "enumType": f"{name}Names"} | ({"noData": ""} if "" in number else {})
    return _Column(described, {"values": writer.view(values.tobytes())}, enum)


def _strings(writer: GlbWriter, texts: Sequence[str]) -> Json:
    encoded = [text.encode() for text in texts]
    kind = np.min_scalar_type(sum(map(len, encoded)))
    offsets = np.fromiter(accumulate(map(len, encoded), initial=0), kind, len(encoded) + 1)
    return {
        "values": writer.view(b"".join(encoded)),
        "stringOffsets": writer.view(offsets.tobytes()),
        "stringOffsetType": _COMPONENT_TYPES[kind.str[1:]],
    }
