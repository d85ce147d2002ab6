"""Colours: files hold sRGB, glTF wants linear light."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_STRAIGHT_TO = 0.04045


def linear(srgb: ArrayLike) -> NDArray[np.float64]:
    """Linear values of sRGB values, both 0 to 1, of any shape (IEC 61966-2-1)."""
    values = np.asarray(srgb, np.float64)
    return np.asarray(np.where(values <= _STRAIGHT_TO, values / 12.92, ((values + 0.055) / 1.055) ** 2.4))
