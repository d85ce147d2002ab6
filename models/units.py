"""Units of length that models come in, by the names that people give them: the one table."""

UNITS_M = {"mm": 0.001, "cm": 0.01, "dm": 0.1, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048, "yd": 0.9144}
"""Metres per unit, by its symbol."""
NAMES = {
    "mm": "millimetre",
    "cm": "centimetre",
    "dm": "decimetre",
    "m": "metre",
    "km": "kilometre",
    "in": "inch",
    "ft": "foot",
    "yd": "yard",
}
"""By symbol."""
USUAL = ("mm", "cm", "m", "km", "in", "ft")
"""What is suggested where a size cannot be."""
_ALSO = {"meter": "m", "feet": "ft", "inches": "in"}
_SAME = 1e-6  # of the ratio of two units


def metres_in(name: str) -> float | None:
    """Metres per unit, by its symbol or its name, one or many; None for no unit of length."""
    word = name.strip().lower()
    symbols = {symbol: symbol for symbol in UNITS_M} | {full: symbol for symbol, full in NAMES.items()} | _ALSO
    symbol = symbols.get(word) or symbols.get(word.removesuffix("s"))
    return None if symbol is None else UNITS_M[symbol]


def name_of(unit_m: float) -> str:
    """A unit of length in words."""
    found = (NAMES[symbol] for symbol, metres in UNITS_M.items() if abs(metres / unit_m - 1) < _SAME)
    return next(found, f"{unit_m:g} m")
