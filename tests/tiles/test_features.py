"""Tables of elements: texts that come back often are enumerated."""

import json

import numpy as np

from tests.pipeline.test_model import table
from tiles.content import encode
from tiles.geometry import Material, Mesh, Surface


def written(columns, tmp_path):
    count = len(next(iter(columns.values())))
    surface = Surface(
        Material(),
        np.array([(0.0, 0, 0), (1, 0, 0), (0, 1, 0)] * count) + np.repeat(np.arange(count), 3)[:, None],
        np.tile([0.0, 0.0, 1.0], (3 * count, 1)),
        np.repeat(np.arange(count, dtype=np.uint32), 3),
        np.arange(3 * count, dtype=np.uint32).reshape(-1, 3),
    )
    (tmp_path / "t.glb").write_bytes(encode(Mesh([surface], columns)))
    data = (tmp_path / "t.glb").read_bytes()
    document = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    return document["extensions"]["EXT_structural_metadata"]["schema"], table(tmp_path / "t.glb")


def test_every_text_comes_back_enumerated_or_not(tmp_path):
    columns = {
        "guid": [f"{row:022}" for row in range(600)],
        "class": ["IfcWall", "IfcSlab", "", "IfcWindow"] * 150,
        "name": [f"wand é {row}" for row in range(600)],
        "storey": [""] * 600,
    }
    schema, found = written(columns, tmp_path)
    assert found == {name: column for name, column in columns.items() if name != "storey"}
    kinds = {name: said["type"] for name, said in schema["classes"]["element"]["properties"].items()}
    assert kinds == {"guid": "STRING", "class": "ENUM", "name": "STRING"}


def test_few_texts_are_not_worth_a_list_of_names(tmp_path):
    schema, found = written({"class": ["IfcWall", "IfcSlab"]}, tmp_path)
    assert "enums" not in schema
    assert found["class"] == ["IfcWall", "IfcSlab"]
