"""Where the parts of the headline are, in the width that there is: figures beside the words, or below them. Without widgets.

The height depends on the width alone, never on what is shown: nothing moves when an invocation begins or ends.
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRect, QSize

WIDE_GAP_PX, GAP_PX = 20, 14
"""Between figures of the largest size, and of the others."""
_ROW_GAP_PX, _PART_GAP_PX, _BLOCK_GAP_PX = 1, 8, 4
EDGE_PX = 2
"""Below all, for the underline and the frame of what names the line of before."""
_LEAST_CHARACTERS = 26
"""Room for status, function and event beside the figures."""
_FEWEST_CHARACTERS = 22
"""The same beside the largest figures: a usual status, the kind of start and a short name."""
_MOST_CHARACTERS = 44
"""Beyond that, figures follow the words; names that need more get it."""
_NOWHERE = QRect()
_USUAL_SIZES = 3


class FigureSize(NamedTuple):
    """One of the sizes in which figures are shown: how high they are, and how wide each is usually and now."""

    factor: float
    height_px: int
    usual_px: tuple[int, ...]
    now_px: tuple[int, ...]
    gap_px: int

    @property
    def usual_width(self) -> int:
        """The width of all of them with usual values."""
        return _row_px(self.usual_px, self.gap_px)

    @property
    def width(self) -> int:
        """The width of all of them with the values that they have now."""
        return _row_px(self.now_px, self.gap_px)


class Parts(NamedTuple):
    """What is to be placed. Widths are 0 for what is not shown; `name_px` is that of the whole name, `short_px` that of its short
    form.

    `before_px` is the width of the link to the invocation before, `usual_before_px` what it usually is, also without one;
    `line_px` is the height of the line of what was before, 0 without it. `sizes`: the largest first.
    """

    letter_px: int
    status_px: int
    chip: QSize
    before_px: int
    usual_before_px: int
    name_px: int
    short_px: int
    corner: QSize
    row_px: tuple[int, int]
    line_px: int
    sizes: tuple[FigureSize, ...]


class Places(NamedTuple):
    """Where each part is; an empty rectangle for one that has no room."""

    factor: float
    status: QRect
    chip: QRect
    name: QRect
    before: QRect
    corner: QRect
    cells: tuple[QRect, ...]


def usable(sizes: tuple[FigureSize, ...], room: int, letter_px: int) -> tuple[FigureSize, ...]:
    """Leave out those that are only for an audience, and for which there is no room beside the words."""
    left = room - WIDE_GAP_PX - GAP_PX - _LEAST_CHARACTERS * letter_px
    return (*(size for size in sizes[:-_USUAL_SIZES] if size.usual_width <= left), *sizes[-_USUAL_SIZES:])


def is_beside(parts: Parts, width: int) -> bool:
    """Whether the figures stand beside the words: in at least the size before the smallest, with usual values."""
    needed = _LEAST_CHARACTERS * parts.letter_px + GAP_PX + parts.sizes[-2].usual_width
    return width - parts.corner.width() - WIDE_GAP_PX >= needed


def height_for(parts: Parts, width: int) -> int:
    """Return the height that is needed in a width."""
    if is_beside(parts, width):
        return max(parts.sizes[0].height_px, _words_px(parts) + parts.line_px) + EDGE_PX
    usual = _largest(parts.sizes, [size.usual_width + _end_px(parts, size) for size in parts.sizes], width)
    return _words_px(parts) + _BLOCK_GAP_PX + usual.height_px + EDGE_PX


def place(parts: Parts, size: QSize) -> Places:
    """Return where all is in a headline of this size."""
    inner = QSize(size.width(), size.height() - EDGE_PX)
    return _beside(parts, inner) if is_beside(parts, size.width()) else _below(parts, inner)


def _beside(parts: Parts, size: QSize) -> Places:
    room = size.width() - parts.corner.width() - WIDE_GAP_PX
    chosen = _size_beside(parts, room)
    most = max(_MOST_CHARACTERS * parts.letter_px, parts.name_px)
    words_px = max(0, min(room - chosen.width - chosen.gap_px, most))
    # In the middle, but so low that the line of before is below the words.
    lowest = min(size.height(), _words_px(parts) + EDGE_PX + parts.line_px) if parts.line_px else 0
    cells = _cells(chosen, words_px + chosen.gap_px, max((size.height() - chosen.height_px) // 2, lowest - chosen.height_px))
    line_y = cells[0].bottom() + 1 - parts.line_px
    top = max(0, (line_y - EDGE_PX - _words_px(parts)) // 2) if parts.line_px else max(0, (size.height() - _words_px(parts)) // 2)
    corner = _corner(parts, size, size.height())
    if parts.line_px:  # in the line that it names, before the first figure
        status, chip, _ = _row(parts, top, words_px, 0)
        before_px = min(parts.before_px, words_px)
        before = _in_line(parts, words_px - before_px, line_y, before_px)
    else:
        status, chip, before = _row(parts, top, words_px, parts.before_px)
    return Places(chosen.factor, status, chip, _name(parts, top, words_px), before, corner, cells)


def _size_beside(parts: Parts, room: int) -> FigureSize:
    """The largest figures beside which the name is whole, in its short form at least.

    A name that is cut beside the smallest ones too makes them no smaller than the size before.
    """
    largest, least = max(parts.short_px, _FEWEST_CHARACTERS * parts.letter_px), _LEAST_CHARACTERS * parts.letter_px
    for wanted, sizes in ((largest, parts.sizes), (least, parts.sizes[-2:])):
        chosen = next((each for each in sizes if each.width + each.gap_px + wanted <= room), None)
        if chosen is not None:
            return chosen
    return parts.sizes[-1]


def _below(parts: Parts, size: QSize) -> Places:
    chosen = _largest(parts.sizes, [each.width + _end_px(parts, each) for each in parts.sizes], size.width())
    words_px = max(0, size.width() - parts.corner.width() - _PART_GAP_PX)
    cells = _cells(chosen, 0, _words_px(parts) + _BLOCK_GAP_PX)
    end = cells[-1].right() + 1 + chosen.gap_px
    has_end = parts.line_px and end + parts.before_px <= size.width()
    status, chip, before = _row(parts, 0, words_px, 0 if has_end else parts.before_px)
    if has_end:
        before = _in_line(parts, end, cells[0].bottom() + 1 - parts.line_px, parts.before_px)
    corner = _corner(parts, size, _words_px(parts))
    return Places(chosen.factor, status, chip, _name(parts, 0, words_px), before, corner, cells)


def _row(parts: Parts, y: int, width: int, before_px: int) -> tuple[QRect, QRect, QRect]:
    """Status, kind of start and what was before beside each other, as many of them as there is room for."""
    height, x = parts.row_px[0], min(parts.status_px, width)
    status, places = QRect(0, y, x, height), [_NOWHERE, _NOWHERE]
    for number, wanted in enumerate((QSize(parts.chip), QSize(before_px, height))):
        if wanted.width() and x + _PART_GAP_PX + wanted.width() <= width:
            part_px = min(wanted.height(), height)
            places[number] = QRect(x + _PART_GAP_PX, y + (height - part_px) // 2, wanted.width(), part_px)
            x += _PART_GAP_PX + wanted.width()
    return status, places[0], places[1]


def _in_line(parts: Parts, x: int, y: int, width: int) -> QRect:
    return QRect(x, y - EDGE_PX, width, parts.line_px + 2 * EDGE_PX) if width else _NOWHERE


def _name(parts: Parts, top: int, width: int) -> QRect:
    return QRect(0, top + parts.row_px[0] + _ROW_GAP_PX, width, parts.row_px[1])


def _corner(parts: Parts, size: QSize, height: int) -> QRect:
    width, own_px = parts.corner.width(), parts.corner.height()
    return QRect(size.width() - width, max(0, (height - own_px) // 2), width, own_px)


def _cells(size: FigureSize, x: int, y: int) -> tuple[QRect, ...]:
    starts = (x + sum(size.now_px[:number]) + number * size.gap_px for number in range(len(size.now_px)))
    return tuple(QRect(start, max(0, y), width, size.height_px) for start, width in zip(starts, size.now_px, strict=True))


def _largest(sizes: tuple[FigureSize, ...], needed: list[int], room: int) -> FigureSize:
    return next((each for each, needed_px in zip(sizes, needed, strict=True) if needed_px <= room), sizes[-1])


def _end_px(parts: Parts, size: FigureSize) -> int:
    """The room behind the figures that stand below the words, for what names their line of before."""
    return size.gap_px + parts.usual_before_px if parts.line_px else 0


def _words_px(parts: Parts) -> int:
    return sum(parts.row_px) + _ROW_GAP_PX


def _row_px(widths: tuple[int, ...], gap_px: int) -> int:
    return sum(widths) + gap_px * (len(widths) - 1)
