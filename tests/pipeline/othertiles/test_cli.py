"""The command `voorland tile tileset`."""

from typer.testing import CliRunner

from pipeline.cli import app
from tests import maketiles as make
from tests.maketiles import tile, tileset


def test_the_command_says_what_was_found_and_done(tmp_path):
    root = tile("a.glb", transform=make.transform(nap_as_ellipsoidal=True))
    folder = make.write(tmp_path / "in", tileset(root), a__glb=make.glb())
    done = CliRunner().invoke(app, ["tile", "tileset", str(folder), "--out", str(tmp_path / "out"), "--title", "Hof"])
    assert done.exit_code == 0, done.output
    for said in (
        "1 contents in 1 tiles",
        "3D Tiles 1.1, made by someone",
        "It lies at x 104900",
        "Its heights were NAP taken for ellipsoidal",
        "Lifted by 43.7",
        "py3dtiles reads 1 tiles",
    ):
        assert said in done.output


def test_an_unknown_reading_of_heights_is_refused(tmp_path):
    done = CliRunner().invoke(app, ["tile", "tileset", str(tmp_path), "--out", str(tmp_path / "o"), "--heights", "taw"])
    assert "choose one of auto, nap, ellipsoidal" in str(done.exception)
