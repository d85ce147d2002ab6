"""What was fetched, said to the person who asked for it."""

from pipeline.report import size

from .config import Credit
from .fetch import Summary
from .photo import FILE as PHOTO

_SHOWN_MISSING = 5


def describe(summary: Summary) -> str:
    """What came, from whom, how large, what is missing, and what to type next: one screen."""
    folder = summary.folder
    lines = [f"{folder}: {summary.area.km2:,.2f} km², {summary.area.said}.", *summary.area.notes]
    for got in summary.got:
        whose = _whose(got.files[0].credit) if got.files else ""
        there = ", there already" if got.already else ""
        lines.append(f"  {got.source:<6} {got.counted}, {size(got.total_bytes)}{there}{whose}")
        lines += [f"         {note}." for note in got.notes]
    lines += [f"  {kind:<6} not complete; why is said below" for kind, _ in summary.away]
    for got in summary.got:
        lines += _missing(got.source, got.missing)
    lines.append(
        f"{size(summary.received)} came in this run; sources, dates and licences are in {folder}/sources.json."
    )
    return "\n".join([*lines, *_next(summary)])


def _whose(credit: Credit) -> str:
    return f"; {credit.title}: {credit.attribution} ({credit.licence})"


def _missing(source: str, addresses: tuple[str, ...]) -> list[str]:
    if not addresses:
        return []
    shown = [f"    {address}" for address in addresses[:_SHOWN_MISSING]]
    more = len(addresses) - len(shown)
    head = f"  {source:<6} the source does not have {len(addresses)} of the files, so nothing is there:"
    return [head, *shown, *([f"    and {more} more"] if more else [])]


def _next(summary: Summary) -> list[str]:
    """The command that makes tiles of what came."""
    there = {got.source for got in summary.got if got.files}
    if "ahn" not in there:
        return []
    photo = f" --photo {summary.folder}/{PHOTO}" if "photo" in there else ""
    return [f"Next: voorland tile points {summary.folder}/ahn/*.laz{photo} --out tiles/{summary.folder.name}"]
