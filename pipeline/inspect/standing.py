"""How a model stands among its surroundings, for the report and in its two languages."""

from collections.abc import Iterator

from pipeline.plausible import WORTH_SAYING_M, Plausibility

from .report import Overlapped, Standing
from .words import Words, figure, filled

_NAMED = 3


def standing(judged: Plausibility) -> Standing:
    """The figures, to the centimetre."""
    metres = judged.ground_nap_m, judged.ground_rise_m, judged.gap_m, judged.sunk_m
    ground, rise, gap, sunk = (None if each is None else round(each, 2) for each in metres)
    overlaps = tuple(Overlapped(each.id, each.area_m2) for each in judged.overlaps)
    return Standing(judged.area_m2, ground, rise, gap, sunk, round(judged.water_part, 3), overlaps)


def said_of(judged: Plausibility) -> tuple[Words, ...]:
    """What speaks against the place: floating, sunk, in water, through buildings that stay, or not known."""
    return tuple(_said(judged))


def _said(judged: Plausibility) -> Iterator[Words]:
    if judged.overlaps:
        yield _overlapping(judged)
    if judged.in_water:
        part = f"{judged.water_part:.0%}"
        yield Words(f"Het staat voor {part} in het water.", f"It stands in water with {part} of its footprint.")
    if judged.gap_m is None or judged.sunk_m is None or judged.ground_nap_m is None:
        if judged.notes and not judged.water_part and not judged.overlaps:
            yield Words(
                "Er is geen maaiveld bekend binnen 20 m; de hoogte is niet nagekeken.",
                "No ground is known within 20 m of it, so its height was not checked.",
            )
        return
    ground = figure(judged.ground_nap_m, 2)
    if judged.floats:
        yield filled(
            "Het zweeft: de onderkant ligt {gap} m boven het maaiveld, dat daar op NAP {ground} ligt.",
            "It floats: its lowest parts are {gap} m above the ground, which is at NAP {ground} there.",
            gap=figure(judged.gap_m, 1),
            ground=ground,
        )
    elif judged.is_sunk:
        yield filled(
            "Het zit in de grond: de helft of meer ligt {sunk} m onder het maaiveld, dat daar op NAP {ground} ligt. "
            "Dat kan een kelder of fundering zijn, of een verkeerde hoogte.",
            "It is sunk: half of its footprint or more lies {sunk} m below the ground, which is at NAP {ground} there; "
            "cellars and foundations explain that, and so does a wrong height.",
            sunk=figure(judged.sunk_m, 1),
            ground=ground,
        )
    elif judged.ground_rise_m is not None and judged.ground_rise_m > 2 * WORTH_SAYING_M:
        yield filled(
            "Het maaiveld eronder loopt {rise} m op, dus een deel zweeft of zit in de grond.",
            "The ground under it rises by {rise} m, so part of it floats or is buried.",
            rise=figure(judged.ground_rise_m, 1),
        )


def _overlapping(judged: Plausibility) -> Words:
    named = ", ".join(f"{each.id} ({each.area_m2:.0f} m²)" for each in judged.overlaps[:_NAMED])
    more = len(judged.overlaps) - _NAMED
    if more > 0:
        named += f" + {more}"
    return Words(
        f"Het overlapt gebouwen die blijven: {named}. Wat daarvan weggaat, staat in een masker (--mask).",
        f"It overlaps buildings that stay: {named}; what of that goes can be said with --mask.",
    )
