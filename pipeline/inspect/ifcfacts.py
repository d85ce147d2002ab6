"""What an IFC file says apart from its geometry."""

from dataclasses import dataclass

Value = str | float | bool


@dataclass(frozen=True)
class Named:
    """An entity by its GlobalId, class and name."""

    guid: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name or '–'} ({self.guid})"


@dataclass(frozen=True)
class Thing:
    """An element and what hangs on it or on its type."""

    entity: Named
    ancestors: frozenset[str]
    """Every class it is one of, its own included."""
    type_name: str
    storey: str
    """GlobalId of the storey it lies in, itself or through what it is part of; empty where none."""
    placed: bool
    """Whether it lies in anything of the building's structure."""
    part: bool
    """Whether it is a part of another element."""
    materials: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]
    """Classification system and code."""
    values: dict[str, Value]
    """Of `WATCHED`, from a standard property set."""
    common_set: bool
    """Whether it has a standard property set (Pset_…)."""


@dataclass(frozen=True)
class Storey:
    """A storey, its height in the file's own units, and how many elements lie in it."""

    entity: Named
    elevation: float | None
    elements: int


@dataclass(frozen=True)
class IfcFacts:
    """An IFC file without its geometry."""

    schema: str
    view: str
    """The model view definition it was written for, such as ReferenceView_V1.2."""
    program: str
    organisation: str
    written: str
    unit: str
    unit_m: float | None
    projects: tuple[Named, ...]
    sites: tuple[Named, ...]
    buildings: tuple[Named, ...]
    storeys: tuple[Storey, ...]
    spaces: tuple[Named, ...]
    systems: tuple[Named, ...]
    things: tuple[Thing, ...]
    twice: tuple[str, ...]
    """GlobalIds that more than one entity has."""
