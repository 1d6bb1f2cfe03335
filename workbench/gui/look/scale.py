"""Sizes, weights, spacing and radii of the window as tokens (`resources/themes/scale.json`).

Sizes are factors of the application's font, so that everything grows with the size that the person has chosen.
"""

from __future__ import annotations

import json

from PySide6.QtGui import QFont, QFontMetrics

from workbench.model.value import Value
from workbench.resource_files import resource_path


class Sizes(Value):
    """The four sizes of text: notes, everything else, headings, and figures that are read from the second row."""

    small: float
    body: float
    title: float
    figure: float


class Weights(Value):
    """The three weights of text, from 100 to 900 as OpenType counts them."""

    regular: int
    medium: int
    strong: int


class Spacing(Value):
    """Distances in logical pixels."""

    tight: int
    small: int
    medium: int
    large: int


class Radius(Value):
    """Rounding of corners in logical pixels."""

    small: int
    medium: int


class Scale(Value):
    """All of them."""

    sizes: Sizes
    weights: Weights
    spacing_px: Spacing
    radius_px: Radius


def _read() -> Scale:
    read = json.loads(resource_path("themes/scale.json").read_bytes())
    return Scale(Sizes(**read["sizes"]), Weights(**read["weights"]), Spacing(**read["spacing_px"]), Radius(**read["radius_px"]))


SCALE = _read()
_TABULAR = QFont.Tag("tnum")


def sized(font: QFont, factor: float, weight: int | None = None) -> QFont:
    """Return a font of one of `SCALE.sizes`, relative to `font`; `weight` is one of `SCALE.weights`, None for that of `font`."""
    made = QFont(font)
    made.setPointSizeF(max(font.pointSizeF() * factor, 6.0))
    if weight is not None:
        made.setWeight(QFont.Weight(weight))
    return made


def small(font: QFont, weight: int | None = None) -> QFont:
    """Return the font of notes beside text in `font`."""
    return sized(font, SCALE.sizes.small, weight)


def strong(font: QFont) -> QFont:
    """Return the font of headings as large as text in `font`. Qt's "bold" is a weight that the fonts do not come with."""
    return sized(font, SCALE.sizes.body, SCALE.weights.strong)


def figures_px(font: QFont, *, has_note: bool, factor: float = SCALE.sizes.figure) -> int:
    """Return the height of a figure, with its title above and perhaps a note below. Without `factor`, of one that is read from
    the second row.
    """
    notes = QFontMetrics(small(font)).height()
    return notes * (2 if has_note else 1) + QFontMetrics(sized(font, factor, SCALE.weights.strong)).height()


def with_tabular_figures(font: QFont) -> QFont:
    """Return a font whose figures are all of one width, so that they stand still while they count and align in columns."""
    made = QFont(font)
    made.setFeature(_TABULAR, 1)
    return made
