"""What became of all files, as a Markdown table."""

from collections.abc import Sequence

from .deliver import Delivered

_HEAD = (
    "file", "georeference", "evidence", "engine", "elements", "triangles in", "triangles out", "bytes",
    "first view", "wall s", "CPU s",
)  # fmt: skip


def as_markdown(rows: Sequence[Delivered]) -> str:
    """One row a file; a refused one with its sentence."""
    lines = [f"| {' | '.join(_HEAD)} |", f"|{'---|' * 4}{'--:|' * 7}"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in _cells(row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cells(row: Delivered) -> list[str]:
    name = f"`{row.name}`"
    if row.written is None:
        return [name, "refused", row.refusal, *[""] * (len(_HEAD) - 3)]
    counts = row.elements, row.triangles, row.written.triangles, row.written.bytes, row.written.first_bytes
    figures = [f"{count:,}" if count else "–" for count in counts]
    return [name, row.georeference, row.evidence, row.engine, *figures, f"{row.wall_s:.1f}", f"{row.cpu_s:.1f}"]
