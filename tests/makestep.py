"""Small IFC files in any schema: boxes with colours, openings, types and properties, written by hand as text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

RED, GREEN = (0.8, 0.1, 0.1), (0.1, 0.6, 0.2)
GLASS = (0.4, 0.6, 0.9)


@dataclass(frozen=True)
class Box:
    """A product of boxes beside each other along x, each a cubic metre; one colour a box."""

    kind: str = "IFCWALL"
    guid: str = "0000000000000000000001"
    name: str = "a wall"
    at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    colours: Sequence[tuple[float, float, float] | None] = (RED,)
    transparency: float = 0.0
    context: str = "Model"
    mapped: bool = False
    predefined: str = ""
    """The rest of its attributes after Representation, such as ``,$,.NOTDEFINED.``."""


class _Lines:
    def __init__(self) -> None:
        self._numbers = count(1)
        self.lines: list[str] = []

    def add(self, said: str) -> str:
        number = f"#{next(self._numbers)}"
        self.lines.append(f"{number}={said};")
        return number


def write(path: Path, products: Sequence[Box], schema: str = "IFC4", *, unit: str = ".METRE.", extra: str = "") -> Path:
    """A file with products in a storey "first floor", their type "made of boxes" and a property set."""
    lines = _Lines()
    length = lines.add(f"IFCSIUNIT(*,.LENGTHUNIT.,{'.MILLI.' if unit == 'mm' else '$'},.METRE.)")
    units = lines.add(f"IFCUNITASSIGNMENT(({length}))")
    origin = lines.add("IFCCARTESIANPOINT((0.,0.,0.))")
    axes = lines.add(f"IFCAXIS2PLACEMENT3D({origin},$,$)")
    contexts = {
        name: lines.add(f"IFCGEOMETRICREPRESENTATIONCONTEXT($,'{name}',3,1.E-5,{axes},$)") for name in ("Model", "Plan")
    }
    project = lines.add(
        f"IFCPROJECT('{'P' * 22}',$,'project',$,$,$,$,({contexts['Model']},{contexts['Plan']}),{units})"
    )
    person = lines.add("IFCORGANIZATION($,'makers',$,$,$)")
    lines.add(f"IFCAPPLICATION({person},'1.2','Box maker','boxes')")
    place = lines.add(f"IFCLOCALPLACEMENT($,{axes})")
    storey = lines.add(f"IFCBUILDINGSTOREY('{'S' * 22}',$,'first floor',$,$,{place},$,$,.ELEMENT.,0.)")
    lines.add(f"IFCRELAGGREGATES('{'R' * 22}',$,$,$,{project},({storey}))")
    numbers = [_product(lines, box, contexts[box.context], axes) for box in products]
    together = ",".join(numbers)
    lines.add(f"IFCRELCONTAINEDINSPATIALSTRUCTURE('{'C' * 22}',$,$,$,({together}),{storey})")
    for said in _properties(lines, together):
        lines.add(said)
    body = "\n".join(lines.lines)
    header = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('x.ifc','',(''),(''),'p','by hand','');"
    text = f"{header}\nFILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n{body}\n{extra}ENDSEC;\nEND-ISO-10303-21;\n"
    path.write_text(text, encoding="utf-8")
    return path


def _product(lines: _Lines, box: Box, context: str, axes: str) -> str:
    items = [_item(lines, offset, colour, box.transparency) for offset, colour in enumerate(box.colours)]
    shape = lines.add(f"IFCSHAPEREPRESENTATION({context},'Body','SweptSolid',({','.join(items)}))")
    if box.mapped:
        source = lines.add(f"IFCREPRESENTATIONMAP({axes},{shape})")
        zero = lines.add("IFCCARTESIANPOINT((0.,0.,0.))")
        target = lines.add(f"IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,{zero},$,$)")
        mapped = lines.add(f"IFCMAPPEDITEM({source},{target})")
        shape = lines.add(f"IFCSHAPEREPRESENTATION({context},'Body','MappedRepresentation',({mapped}))")
    body = lines.add(f"IFCPRODUCTDEFINITIONSHAPE($,$,({shape}))")
    point = lines.add("IFCCARTESIANPOINT(({},{},{}))".format(*box.at))
    where = lines.add(f"IFCAXIS2PLACEMENT3D({point},$,$)")
    place = lines.add(f"IFCLOCALPLACEMENT($,{where})")
    return lines.add(f"{box.kind}('{box.guid}',$,'{box.name}',$,'kind of box',{place},{body}{box.predefined or ',$'})")


def _item(lines: _Lines, offset: int, colour: tuple[float, float, float] | None, transparency: float) -> str:
    middle = lines.add(f"IFCCARTESIANPOINT(({offset + 0.5},0.5))")
    flat = lines.add(f"IFCAXIS2PLACEMENT2D({middle},$)")
    profile = lines.add(f"IFCRECTANGLEPROFILEDEF(.AREA.,$,{flat},1.,1.)")
    up = lines.add("IFCDIRECTION((0.,0.,1.))")
    zero = lines.add("IFCCARTESIANPOINT((0.,0.,0.))")
    axes = lines.add(f"IFCAXIS2PLACEMENT3D({zero},$,$)")
    item = lines.add(f"IFCEXTRUDEDAREASOLID({profile},{axes},{up},1.)")
    if colour is not None:
        rgb = lines.add("IFCCOLOURRGB($,{},{},{})".format(*colour))
        shading = lines.add(f"IFCSURFACESTYLERENDERING({rgb},{transparency},$,$,$,$,$,$,.FLAT.)")
        style = lines.add(f"IFCSURFACESTYLE($,.BOTH.,({shading}))")
        lines.add(f"IFCSTYLEDITEM({item},({style}),$)")
    return item


def _properties(lines: _Lines, together: str) -> Iterator[str]:
    fire = lines.add("IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('60'),$)")
    outside = lines.add("IFCPROPERTYSINGLEVALUE('IsExternal',$,IFCBOOLEAN(.T.),$)")
    status = lines.add("IFCPROPERTYENUMERATEDVALUE('Status',$,(IFCLABEL('NEW'),IFCLABEL('TEMPORARY')),$)")
    kept = lines.add(f"IFCPROPERTYSET('{'A' * 22}',$,'Pset_Common',$,({fire},{status}))")
    yield f"IFCRELDEFINESBYPROPERTIES('{'B' * 22}',$,$,$,({together}),{kept})"
    width = lines.add("IFCQUANTITYLENGTH('Width',$,$,0.25,$)")
    quantities = lines.add(f"IFCELEMENTQUANTITY('{'Q' * 22}',$,'Qto_Base',$,$,({width}))")
    yield f"IFCRELDEFINESBYPROPERTIES('{'D' * 22}',$,$,$,({together}),{quantities})"
    rated = lines.add("IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('30'),$)")
    inherited = lines.add(f"IFCPROPERTYSET('{'E' * 22}',$,'Pset_Common',$,({rated},{outside}))")
    kind = lines.add(f"IFCWALLTYPE('{'T' * 22}',$,'made of boxes',$,$,({inherited}),$,$,$,.NOTDEFINED.)")
    yield f"IFCRELDEFINESBYTYPE('{'F' * 22}',$,$,$,({together}),{kind})"
