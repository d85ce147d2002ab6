"""The command `voorland export`."""

import subprocess
import sys

import pytest

from pipeline.export.cli import export_command
from tests import make
from tiles.errors import BadInput

WHOLE = "from server.cli import main; main()"


def test_it_writes_both_files_and_sums_up(tmp_path):
    box = make.write_obj(tmp_path / "box.obj", size=(10_000.0, 20_000.0, 6_000.0))
    arguments = [box, "--usdz", tmp_path / "a.usdz", "--glb", tmp_path / "a.glb", "--scale", "1:1000"]
    command = [sys.executable, "-c", WHOLE, "export", *map(str, arguments)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Scale 1 : 1000: 10.00 m from west to east, 20.00 m from south to north, 6.00 m high." in said
    assert {path.suffix for path in tmp_path.iterdir()} == {".obj", ".usdz", ".glb"}


def test_opening_the_command_loads_neither_openusd_nor_open3d():
    listing = "import sys, pipeline.export.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pxr", "open3d", "almeshopt", "trimesh", "ifcopenshell"} & {*loaded}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"up": "north"}, "--up north is no axis; write x, y or z"),
        ({"units": "ell"}, "--units ell is no unit of length; write mm, cm"),
        ({"units": "-1"}, "--units -1 is no unit of length"),
        ({}, "Say what to write"),
    ],
)
def test_options_that_cannot_be_are_said(tmp_path, options, said):
    with pytest.raises(BadInput, match=said):
        export_command(make.write_obj(tmp_path / "box.obj"), **options)
