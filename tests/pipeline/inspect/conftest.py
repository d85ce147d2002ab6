"""A plan that the project makes itself, inspected once."""

from pathlib import Path

import pytest

import assets
from pipeline.inspect.inspect import Inspected, InspectOptions, inspect
from pipeline.sample import building, facts


@pytest.fixture(scope="session")
def plan(tmp_path_factory) -> Path:
    """The building proposed in the sample town: an IFC file with a map conversion."""
    folder = tmp_path_factory.mktemp("plan")
    return building.write(
        folder / "havenkwartier_bouwkundig.ifc", facts.read(assets.path("samples/dordrecht.toml")).proposal
    )


@pytest.fixture(scope="session")
def inspected(plan) -> Inspected:
    """Its report, with pictures."""
    return inspect(plan, InspectOptions())
