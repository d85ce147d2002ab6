"""What every test may ask for."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pipeline.model import ModelSummary

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The path of a real data file that is not ours to commit; the test is skipped where it is absent."""
    folder = Path(os.environ.get("VOORLAND_TEST_DATA", ROOT.parent / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"no {name} in {folder}; set VOORLAND_TEST_DATA to the folder with the real test data")
        return path

    return find


GYM_HALL = "ifc/ifcgref/example_project_location__1e62cb.ifc"


@pytest.fixture(scope="session")
def gym_hall(shared_data, tmp_path_factory) -> "tuple[Path, ModelSummary]":
    """The tiles of a real building of 165,364 triangles, in a folder of their own, and what was said of them."""
    from pipeline.model import ModelOptions, build_model  # noqa: PLC0415 - few tests need it

    folder = tmp_path_factory.mktemp("gym") / "gym"
    return folder, build_model(shared_data(GYM_HALL), folder, ModelOptions())
