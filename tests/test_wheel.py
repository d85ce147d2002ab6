"""The built wheel, by itself: everything in it, nothing beside it needed."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_it_holds_the_viewer_and_the_data_and_no_sources_of_the_viewer(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in ("assets/viewer/dist/index.html", "assets/municipalities/dordrecht.toml", "tiles/py.typed"):
        assert wanted in names
    assert not [name for name in names if "node_modules" in name or "/src/" in name or name.startswith("tests")]


def test_installed_elsewhere_it_tiles_and_has_its_viewer(wheel, tmp_path):
    # The environment's packages are there, the checkout is not: only what the wheel brought can be imported.
    installed = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    program = (
        "import assets, server.cli, server.viewer\n"
        "from pathlib import Path\n"
        f"assert Path(assets.__file__).is_relative_to({str(installed)!r}), assets.__file__\n"
        "assert (server.viewer._FOLDER / 'index.html').is_file()\n"
        "server.cli.main()\n"
    )
    environment = os.environ | {"PYTHONPATH": str(installed)}
    command = [sys.executable, "-c", program, "demo", "--prepare-only", "--no-ahn", "--dir", str(tmp_path / "demo")]
    result = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert result.returncode == 0, result.stderr
    assert "Havenkwartier" in result.stdout or "plan:" in result.stdout
    assert len(list((tmp_path / "demo").rglob("tileset.json"))) == 2
