"""Columns of a table that are left out, in a fixed order, where there is no room for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHeaderView, QTableView

_MARGIN_PX = 26


class FittingColumns(QObject):
    """Keeps a table from scrolling sideways; the stretched column has the rest of the room."""

    def __init__(
        self, table: QTableView, longest: Mapping[int, str], order: Sequence[int], stretched: int | None = None,
        shares: Mapping[int, float] | None = None,
    ) -> None:
        """`longest`: a long text of each column. `order`: those that are left out, the first one first. `stretched`: a column
        that is never left out; None for the last one that is left. `shares`: parts of a wide table that columns have at least.
        """
        super().__init__(table)
        self._table, self._longest, self._order, self._shares = table, longest, order, shares or {}
        if stretched is None:
            table.horizontalHeader().setStretchLastSection(True)
        else:
            table.horizontalHeader().setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
        self._resize(longest)
        table.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Look again how many columns fit."""
        if event.type() is QEvent.Type.FontChange:
            self._resize(self._longest)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.Resize):
            self._resize(self._shares)
            self._fit()
        return False

    def _needed_px(self, column: int) -> int:
        return self._table.fontMetrics().horizontalAdvance(self._longest[column]) + _MARGIN_PX

    def _width_px(self, column: int) -> int:
        return max(self._needed_px(column), round(self._table.viewport().width() * self._shares.get(column, 0.0)))

    def _resize(self, columns: Iterable[int]) -> None:
        for column in columns:
            self._table.horizontalHeader().resizeSection(column, self._width_px(column))

    def _fit(self) -> None:
        left = set(self._longest)
        for column in self._order:
            if sum(map(self._width_px, left)) > self._table.viewport().width():
                left.discard(column)
        for column in self._longest:
            if self._table.isColumnHidden(column) is (column in left):
                self._table.setColumnHidden(column, column not in left)
