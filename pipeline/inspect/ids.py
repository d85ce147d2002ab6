"""A model held against an IDS file (buildingSMART's Information Delivery Specification 1.0), by ifctester.

The file comes from a stranger as well: it may not declare entities or name places to fetch a schema from.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from tiles.errors import BadInput

from .ifcfacts import Named
from .report import Ids, Outcome, Specification

MOST_BYTES = 8 << 20
_SHOWN = 5
_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_NAMESPACE = "http://standards.buildingsmart.org/IDS"


def check(path: Path, ifc: Any) -> Ids:
    """How an IFC file, as IfcOpenShell has it, meets an IDS file; one that cannot be used is said in `problem`."""
    try:
        specifications = _read(path)
    except BadInput as problem:
        return Ids(path.name, "", str(problem), ())
    specifications.validate(ifc)
    found = tuple(_specification(each) for each in specifications.specifications)
    return Ids(path.name, str(specifications.info.get("title", "")), "", found)


def unusable(path: Path, why: str) -> Ids:
    """An IDS file that was given with a file it cannot be held against."""
    return Ids(path.name, "", f"{path.name} was not used: {why}.", ())


def _read(path: Path) -> Any:
    # Its XML Schema takes half a second to load.
    from ifctester import ids  # type: ignore[import-untyped]  # noqa: PLC0415
    from xmlschema import XMLSchemaException  # noqa: PLC0415

    text = _guarded(path)
    try:
        return ids.from_string(text, validate=True)
    except (ids.IdsXmlValidationError, XMLSchemaException, KeyError, ValueError) as error:
        cause = getattr(error, "xml_error", error)
        said = str(getattr(cause, "reason", None) or cause).strip().splitlines()[0].rstrip(".")
        raise BadInput(f"{path.name} is not an IDS 1.0 file that can be used: {said}.") from error


def _guarded(path: Path) -> str:
    """The XML of a file that declares nothing and refers to nothing; raises `BadInput`."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read: {error.strerror}.") from error
    if size > MOST_BYTES:
        raise BadInput(f"{path.name} is {size / 2**20:.0f} MiB; an IDS file may take {MOST_BYTES >> 20}.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise BadInput(f"{path.name} is not XML that can be read: {error.msg}.") from error
    if root.getroottree().docinfo.doctype:
        raise BadInput(f"{path.name} has a DOCTYPE, which an IDS file does not need; take it out.")
    if etree.QName(root).namespace != _NAMESPACE:
        raise BadInput(f"{path.name} is no IDS file: its root is {etree.QName(root).localname}.")
    root.attrib.pop(_LOCATION, None)
    return str(etree.tostring(root, encoding="unicode"))


def _specification(said: Any) -> Specification:
    failed = sorted(said.failed_entities, key=lambda entity: entity.id())
    outcome: Outcome = "not applicable" if _idle(said) else "pass" if said.status else "fail"
    return Specification(
        name=str(said.name),
        outcome=outcome,
        applicable=len(said.applicable_entities),
        passed=len(said.applicable_entities) - len(failed),
        failed=len(failed),
        failing=tuple(_failing(said, failed[:_SHOWN])),
    )


def _idle(said: Any) -> bool:
    """Whether nothing is there to which it applies, and nothing has to be."""
    return not said.applicable_entities and said.minOccurs == 0 and bool(said.status)


def _failing(said: Any, entities: list[Any]) -> Iterator[str]:
    reasons: dict[int, str] = {}
    for requirement in said.requirements:
        for failure in requirement.failures:
            reasons.setdefault(failure["element"].id(), str(failure["reason"]))
    for entity in entities:
        guid = str(getattr(entity, "GlobalId", "") or f"#{entity.id()}")
        named = Named(guid, entity.is_a(), str(getattr(entity, "Name", "") or ""))
        yield f"{named}: {reasons.get(entity.id(), '')}".rstrip(": ")
