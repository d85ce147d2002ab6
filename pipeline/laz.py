"""Writing LAZ, with refusals of the disk said as such."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import laspy
import lazrs

from tiles.errors import OutputProblem
from tiles.store import said_as_output_problem


@contextmanager
def new_laz(path: Path, header: laspy.LasHeader) -> Iterator[laspy.LasWriter]:
    """A LAZ file to write points to; raises `OutputProblem` where the disk does not take them."""
    try:
        # laspy goes by the suffix of a path, and of an open file it writes LAS unless told.
        with (
            said_as_output_problem(path),
            path.open("wb") as file,
            laspy.open(file, "w", header=header, do_compress=True) as writer,
        ):
            yield writer
    except lazrs.LazrsError as error:  # the compressor hides which refusal it was
        raise OutputProblem(f"{path} cannot be written ({error}): free some space or choose another folder.") from error
