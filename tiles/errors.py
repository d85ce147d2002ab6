"""Everything that can go wrong and that the user can mend.

A `Problem` is one sentence: what is wrong, with the value, and what to do. The command line prints it and the server
sends it as RFC 9457 problem details. Any other exception is a bug and keeps its traceback.
"""


class Problem(Exception):  # noqa: N818 - RFC 9457's word, and it is no bug of the program
    """Something the user can fix, said in one sentence."""


class BadInput(Problem):
    """A file or value cannot be read: not LAS, truncated, empty, broken, of an unknown kind."""


class MissingGeoreference(Problem):
    """Nothing says where on Earth this lies, and nothing was guessed."""


class OutsideArea(Problem):
    """Coordinates lie where the coordinate reference system does not hold, or contradict it."""


class GridProblem(Problem):
    """The transformation grids are missing or not the published ones."""


class OutputProblem(Problem):
    """The result cannot be written: the folder exists, the disk is full, no permission."""


class LimitExceeded(Problem):
    """A conversion took more memory or time than it is allowed."""


class NotFound(Problem):
    """There is nothing under that name."""
