"""Names of rows that cannot be guessed and can be read aloud."""

import base64
import secrets

_BYTES = 10
LENGTH = 16


def new() -> str:
    """A new id: 80 random bits as 16 letters a–z and digits 2–7, the same in either case."""
    return base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
