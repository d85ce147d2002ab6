"""What was made of the surroundings, said to the person who asked for it."""

from pathlib import Path

from pipeline.report import size

from .build import ACCURACY, BUILDINGS_FOLDER, GROUND_FOLDER, OCCLUDER_FOLDER, SurroundingsSummary
from .city import City
from .ground import GroundSummary


def describe_surroundings(summary: SurroundingsSummary, out: Path) -> str:
    """A few lines on what was made and how exact it is."""
    ground = summary.ground
    made = f"{ground.triangles:,} triangles in {ground.tiles:,} tiles, {size(ground.bytes)}"
    lines = [f"{out / GROUND_FOLDER}: {made}.", _accuracy(ground), *_water(ground), *_city(summary.city, out)]
    return "\n".join([*lines, *summary.notes])


def _city(city: City, out: Path) -> list[str]:
    if city.root is None:
        return ["Nothing stands on it: there are neither buildings nor trees."]
    counted = f"{city.buildings:,} buildings and {city.trees:,} trees, {city.triangles:,} triangles"
    said = [f"{out / BUILDINGS_FOLDER}: {counted}; the same shapes for AR in {out / OCCLUDER_FOLDER}."]
    fit = city.fit
    if fit.under_the_sky:
        share = fit.near / fit.under_the_sky
        said.append(
            f"{share:.1%} of {fit.under_the_sky:,} points on roofs lie within 0.5 m of the roofs that were made."
        )
    return said


def _accuracy(ground: GroundSummary) -> str:
    found = ground.residuals
    if not found.count:
        return "No ground points lie on the ground that is shown, so it could not be checked."
    return (
        f"The ground lies {found.rms_m:.3f} m (RMS) from its {found.count:,} points, 95 % of them within "
        f"{found.within_m(0.95):.3f} m, the farthest {found.largest_mm / 1000:.2f} m; figures in {ACCURACY}."
    )


def _water(ground: GroundSummary) -> list[str]:
    bodies, guessed = ground.water.count, ground.water.guessed
    if not guessed:
        return []
    said = f"{guessed} of {bodies} waters returned too few points to measure their level; "
    return [said + "it was taken from the nearest measured water below their shore, or else from the shore's lowest."]
