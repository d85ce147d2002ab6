"""What can go wrong with what people ask of the server, beside the `Problem`s of everything else."""

from tiles.errors import Problem


class NotSignedIn(Problem):
    """Only people with an account may do this."""


class Forbidden(Problem):
    """This account may not do this."""


class Conflict(Problem):
    """It does not go together with what is there already."""


class Changed(Problem):
    """Someone else changed it meanwhile."""


class Gone(Problem):
    """It was there and was taken away on purpose."""


class TooMany(Problem):
    """Too often, or too much: try again later."""


class WrongMediaType(Problem):
    """The body is not of the kind that this address takes."""


class Away(Problem):
    """A part of the installation does not answer now; it may a moment later."""
