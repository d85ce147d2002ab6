"""Colours: files hold sRGB, glTF wants linear light."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_STRAIGHT_TO = 0.04045


def linear(srgb: ArrayLike) -> NDArray[np.float64]:
    """Linear values of sRGB values, both 0 to 1, of any shape (IEC 61966-2-1)."""
    values = np.asarray(srgb, np.float64)
    return np.asarray(np.where(values <= _STRAIGHT_TO, values / 12.92, ((values + 0.055) / 1.055) ** 2.4))


def srgb(light: ArrayLike) -> NDArray[np.float64]:
    """SRGB values of linear values, both 0 to 1, of any shape: the inverse of `linear`."""
    values = np.clip(np.asarray(light, np.float64), 0.0, 1.0)
    return np.asarray(np.where(values <= _STRAIGHT_TO / 12.92, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055))


# Björn Ottosson, "A perceptual color space for image processing", 2020: OKLab to cone responses, and those to sRGB.
_TO_CONES = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def linear_of_oklab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear red, green and blue, 0 to 1, of OKLab lightness, a and b, (n, 3); what no screen can show is clipped."""
    return np.asarray(np.clip((lab @ _TO_CONES.T) ** 3 @ _TO_RGB.T, 0.0, 1.0))
