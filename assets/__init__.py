"""Data that ships with the software: the viewer, palettes, municipalities, samples."""

from pathlib import Path

_HERE = Path(__file__).parent


def path(name: str) -> Path:
    """The file or folder `name` inside the assets, such as ``viewer/dist``."""
    return _HERE / name
