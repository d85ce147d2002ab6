"""Who asks, and what they may do in which municipality."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from server.errors import Forbidden, NotSignedIn
from tiles.errors import NotFound


class Right(StrEnum):
    """What can be allowed; a token lists those it may use."""

    SEE = "plans:read"
    EDIT = "plans:write"
    PUBLISH = "publications:write"
    MODERATE = "reactions:moderate"
    ADMINISTER = "accounts:manage"


class Role(StrEnum):
    """What someone is in a municipality."""

    ADMINISTRATOR = "administrator"
    PLANNER = "planner"
    MODERATOR = "moderator"

    @property
    def rights(self) -> frozenset[Right]:
        """What this role may do."""
        return _RIGHTS[self]


_RIGHTS = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.PLANNER: frozenset({Right.SEE, Right.EDIT, Right.PUBLISH}),
    Role.MODERATOR: frozenset({Right.SEE, Right.MODERATE}),
}


@dataclass(frozen=True)
class Actor:
    """Someone who asks for something; a resident is `ANONYMOUS`."""

    account_id: str | None = None
    rights: Mapping[str, frozenset[Right]] = field(default_factory=dict)
    """By municipality."""

    def may(self, right: Right, municipality_id: str) -> bool:
        """Whether this is allowed."""
        return right in self.rights.get(municipality_id, frozenset())

    def require(self, right: Right, municipality_id: str, what: str) -> None:
        """Raise `NotSignedIn` or `Forbidden`; to a stranger of that municipality `what` does not exist (`NotFound`)."""
        if self.may(right, municipality_id):
            return
        if self.account_id is None:
            raise NotSignedIn("Sign in first: this is for people with an account.")
        if not self.rights.get(municipality_id):
            raise NotFound(f"There is no {what}.")
        raise Forbidden(f"Your account may not do this; ask an administrator for the right {right.value}.")


ANONYMOUS = Actor()
