"""Whether a tileset's heights are ellipsoidal, as 3D Tiles wants them, or NAP taken for them, 41 to 46 m too low."""

from dataclasses import dataclass
from typing import Literal

from tiles.errors import BadInput

Heights = Literal["auto", "nap", "ellipsoidal"]
HEIGHTS: tuple[Heights, ...] = ("auto", "nap", "ellipsoidal")

_LOWEST_NAP_M, _HIGHEST_NAP_M = -7.0, 325.0  # Zuidplaspolder, Vaalserberg
_CELLAR_M = 5.0
_TOO_DEEP_M = -20.0
"""Nothing begins so low on purpose but tunnels and pits."""
_ON_THE_GROUND_M = 10.0
"""How far the lowest of a tileset may be from the ground: a cellar's depth, and the ground's own slope in a square."""
_ASK = "say which with --heights nap or --heights ellipsoidal"


@dataclass(frozen=True)
class Evidence:
    """What is known of a tileset's heights, as they stand."""

    name: str
    ground_nap_m: float
    """Where its contents begin."""
    highest_nap_m: float
    undulation_m: float
    """How much higher it would stand, were its heights NAP."""
    above_terrain_m: float | None = None
    """Where its contents begin, above terrain that is known; None without."""


@dataclass(frozen=True)
class Verdict:
    """How the heights are to be read, and why, in a sentence."""

    nap: bool
    """Whether they are NAP, so that the tileset must go up."""
    why: str


def judge(evidence: Evidence, said: Heights) -> Verdict:
    """Read the heights as the user says, else by the terrain, else by what is possible in the Netherlands.

    Raises `BadInput` where neither reading, or either, could be.
    """
    if said != "auto":
        return _as_told(evidence, said)
    if evidence.above_terrain_m is not None:
        return _by_terrain(evidence, evidence.above_terrain_m)
    return _by_the_country(evidence)


def _as_told(evidence: Evidence, said: Heights) -> Verdict:
    begin = f"NAP {evidence.ground_nap_m:+.1f}"
    if said == "nap":
        now = f"its contents began at {begin}, and now at {_raised(evidence):+.1f}"
        return Verdict(True, f"Its heights are NAP, as --heights says: {now}")
    doubt = "" if _possible(evidence.ground_nap_m) else ", which cannot be ground"
    return Verdict(False, f"Its heights are ellipsoidal, as --heights says: its contents begin at {begin}{doubt}")


def _by_terrain(evidence: Evidence, above_m: float) -> Verdict:
    if abs(above_m) <= _ON_THE_GROUND_M:
        why = f"Its heights are ellipsoidal: its contents begin {above_m:+.1f} m from the ground given"
        return Verdict(False, why)
    raised = above_m + evidence.undulation_m
    if abs(raised) <= _ON_THE_GROUND_M:
        return Verdict(
            True,
            f"Its heights were NAP taken for ellipsoidal: its contents began {-above_m:.1f} m below the ground given, "
            f"and now {raised:+.1f} m from it",
        )
    raise BadInput(
        f"{evidence.name} begins {above_m:+.1f} m from the ground given, and {raised:+.1f} m from it if its heights "
        f"are NAP; neither can be, so {_ASK}."
    )


def _by_the_country(evidence: Evidence) -> Verdict:
    ground, raised = evidence.ground_nap_m, _raised(evidence)
    either = f"{evidence.name} begins at NAP {ground:+.1f}, or at {raised:+.1f} if its heights are NAP"
    if _possible(ground):
        return Verdict(
            False,
            "Its heights are taken to be ellipsoidal, as 3D Tiles has them: "
            f"its contents begin at NAP {ground:+.1f}, which is possible; "
            f"were they NAP taken for ellipsoidal, they would begin at {raised:+.1f} (AHN with --on-ground would tell)",
        )
    if not _possible(raised):
        raise BadInput(f"{either}; neither is ground of the Netherlands, so {_ASK}.")
    # Tunnels lie low as well, but not with all their surroundings above them.
    if ground < _TOO_DEEP_M or evidence.highest_nap_m < _LOWEST_NAP_M:
        return Verdict(
            True,
            f"Its heights were NAP taken for ellipsoidal: its contents began at NAP {ground:+.1f} and rose to "
            f"{evidence.highest_nap_m:+.1f}, below all ground of the Netherlands; now they begin at {raised:+.1f}",
        )
    raise BadInput(f"{either}; either could be, so {_ASK}, or give AHN with --on-ground.")


def _raised(evidence: Evidence) -> float:
    return evidence.ground_nap_m + evidence.undulation_m


def _possible(ground_nap_m: float) -> bool:
    return _LOWEST_NAP_M - _CELLAR_M <= ground_nap_m <= _HIGHEST_NAP_M
