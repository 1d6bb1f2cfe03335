"""Where things are on the page of a workspace: rail and side bar, editor, strip of figures, views, drawer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from workbench.gui.layout.reading_order import enter
from workbench.gui.layout.view_area import ViewArea
from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme
from workbench.gui.widgets.column import column
from workbench.gui.widgets.lazy_panel import PanelPlace
from workbench.gui.workspace.activity_rail import ActivityRail
from workbench.gui.workspace.drawer import Drawer
from workbench.gui.workspace.page_layouts import PageLayout
from workbench.gui.workspace.side_panel import SidePanel
from workbench.gui.workspace.strip_place import StripPlace

_SHOWN_EDITOR = 0.5
"""The editor's share where a layout hides it and a person goes to it."""


class PageRegions(QWidget):
    """Has places for the views, which are made later, and shows them as a `PageLayout` says. `watched`: strip and views.

    Signals: `changed()` after the person changed what `layout_now` or `widths_px` tell; `drawer_toggled(bool)`;
    `maximized_changed()`; `resized()`.
    """

    changed = Signal()
    resized = Signal()
    drawer_toggled = Signal(bool)
    maximized_changed = Signal()

    def __init__(
        self, functions: QWidget, events: QWidget, editors: QWidget, view_actions: Sequence[QAction] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.rail, self.drawer = ActivityRail(), Drawer()
        self.side = SidePanel(functions, events)
        self.strip, self.area = StripPlace(), ViewArea(view_actions)
        self.timeline, self.result, self.logs, self.history = PanelPlace(), PanelPlace(), PanelPlace(), PanelPlace()
        self.cost, self.environments, self.concurrency = PanelPlace(), PanelPlace(), PanelPlace()
        self.queue, self.inbox = PanelPlace(), PanelPlace()
        self._editors = editors
        self._is_editor_maximized = False
        self._editor_share = _SHOWN_EDITOR
        self._beside = 0.0
        self._is_drawer_open = False
        self._widths_px = 224, 300
        self.watched = column(self.strip, self.area)
        self._center = _splitter(editors, self.watched)
        self._main = _splitter(self.side, self._center, self.drawer)
        self._main.setStretchFactor(1, 1)  # a handle that comes takes its pixel from there: the side bar jumped with the drawer
        for name, title in VIEW_TITLES.items():
            self.area.add(name, getattr(self, name), title)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self._main, 1)
        self._connect()

    # --- the layout

    def show_layout(self, layout: PageLayout) -> None:
        """Divide the page like this. Emits nothing."""
        self._is_editor_maximized = False
        self.area.maximized = ""
        self._editor_share = layout.editor
        self._beside = layout.beside
        self.area.show_arrangement(layout.views)
        self._center.setOrientation(Qt.Orientation.Horizontal if layout.is_beside else Qt.Orientation.Vertical)
        self._share_center()
        self.side.show_activity(layout.activity)
        self.rail.setVisible(layout.has_rail)
        self._show()

    def layout_now(self) -> PageLayout:
        """How the page is divided now, whatever is maximized."""
        is_beside = self._center.orientation() is Qt.Orientation.Horizontal
        return PageLayout(self.area.arrangement(), self._editor_share, is_beside, self.side.activity,
                          beside=self._beside)

    @property
    def beside(self) -> float:
        """The share of the editor that the chosen event has beside the code, 0 if it is a tab like the others."""
        return self._beside

    def set_beside(self, share: float) -> None:
        """Note what the person made of it."""
        self._beside = share
        self.changed.emit()

    @property
    def widths_px(self) -> tuple[int, int]:
        """The widths of side bar and drawer, also of one that is hidden."""
        return self._widths_px

    def set_widths(self, side_px: int, drawer_px: int) -> None:
        """Set both widths; the rest is for editor and views."""
        self._widths_px = side_px, drawer_px
        self._share_main()

    def put_around(self, above: QWidget, below: QWidget) -> None:
        """Add a part above strip and views, and one below them."""
        parts = self.watched.layout()
        if isinstance(parts, QVBoxLayout):
            parts.insertWidget(parts.indexOf(self.strip), above)
            parts.addWidget(below)

    # --- what is seen

    @property
    def is_maximized(self) -> bool:
        """Whether the editor or a view has all the room."""
        return self._is_editor_maximized or bool(self.area.maximized)

    @property
    def has_editor(self) -> bool:
        """Whether the editor has room on the page now."""
        return self._editors.isVisibleTo(self)

    @property
    def is_drawer_open(self) -> bool:
        """Whether the drawer is open, perhaps behind something that is maximized."""
        return self._is_drawer_open

    def open_drawer(self, *, is_open: bool) -> None:
        """Open or close the drawer."""
        if is_open is not self._is_drawer_open:
            self._is_drawer_open = is_open
            self._show()
            self.drawer_toggled.emit(is_open)

    def show_activity(self, activity: str) -> None:
        """Show an activity in the side bar, "" to hide it."""
        focused = self.window().focusWidget()
        self._restore()
        self.side.show_activity(activity)
        self._show()
        self._settle_focus(focused)
        self.changed.emit()

    def reveal_editor(self) -> None:
        """Let the editor be seen: instead of a maximized view, and also where the layout hides it."""
        if self.area.maximized:
            self.area.toggle_maximized(self.area.maximized)
        if not self._editor_share:
            self._editor_share = _SHOWN_EDITOR
            self._share_center()
        self._show()

    def reveal_view(self, name: str) -> None:
        """Let a view be seen: instead of a maximized editor, and in place of another maximized view."""
        self._is_editor_maximized = False
        self.area.bring_to_front(name)
        self._show()

    def toggle_maximized(self) -> None:
        """Give all room to the editor or the view that the person is in, or take it back."""
        if self.is_maximized:
            self._restore()
        elif self._editors.isAncestorOf(self.window().focusWidget() or self):
            self._is_editor_maximized = True
            self._show()
        else:
            self.area.toggle_maximized(self.area.current)

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colors."""
        self.rail.set_theme(theme)
        self.drawer.set_theme(theme)
        self.area.set_icon(icon("maximize", theme.muted))

    # --- inside

    def _connect(self) -> None:
        self.drawer.close_wanted.connect(self._on_drawer_closed)
        self.area.maximized_changed.connect(self._show)
        self.area.changed.connect(self.changed)
        self._center.splitterMoved.connect(self._on_center_moved)
        self._main.splitterMoved.connect(self._on_main_moved)

    def _restore(self) -> None:
        self._is_editor_maximized = False
        if self.area.maximized:
            self.area.toggle_maximized(self.area.maximized)
        self._show()

    def _show(self, *_: object) -> None:
        """Empty space goes to what the person is looking at: whatever is maximized hides all but rail and toolbar."""
        is_single, focused = self.is_maximized, self.window().focusWidget()
        self._editors.setVisible(self._is_editor_maximized or (self._editor_share > 0 and not self.area.maximized))
        self.watched.setVisible(not self._is_editor_maximized)
        self.side.setVisible(bool(self.side.activity) and not is_single)
        self.drawer.setVisible(self._is_drawer_open and not is_single)
        self.rail.show_open(self.side.activity, *(["drawer"] if self._is_drawer_open else []))
        self._share_main()
        self._settle_focus(focused)
        self.maximized_changed.emit()

    def _settle_focus(self, focused: QWidget | None) -> None:
        """Give the keyboard to what is looked at if what had it is hidden now."""
        if focused is not None and self.isAncestorOf(focused) and not focused.isVisible() and self.isVisible():
            enter(self._editors if self._editors.isVisible() else self.area.view(self.area.current),
                  Qt.FocusReason.OtherFocusReason)

    def _share_main(self) -> None:
        side_px, drawer_px = (width_px if part.isVisibleTo(self) else 0 for part, width_px in
                              zip((self.side, self.drawer), self._widths_px, strict=True))
        self._main.setSizes([side_px, max(1, self._main.width() - side_px - drawer_px), drawer_px])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give what a wider window brings to editor and views."""
        super().resizeEvent(event)
        self._share_main()
        self.strip.fit(self.height())
        self.resized.emit()

    def _share_center(self) -> None:
        share = self._editor_share or _SHOWN_EDITOR
        self._center.setSizes([round(share * 10_000), round((1 - share) * 10_000)])
        for index, each in enumerate((share, 1 - share)):
            self._center.setStretchFactor(index, max(1, round(each * 100)))

    def _on_center_moved(self, *_: object) -> None:
        editor, views = self._center.sizes()
        if editor and views:
            self._editor_share = editor / (editor + views)
            self.changed.emit()

    def _on_main_moved(self, *_: object) -> None:
        side_px, drawer_px = self._main.sizes()[::2]
        self._widths_px = side_px or self._widths_px[0], drawer_px or self._widths_px[1]
        self.changed.emit()

    def _on_drawer_closed(self) -> None:
        self.open_drawer(is_open=False)
        self._editors.setFocus(Qt.FocusReason.OtherFocusReason)


VIEW_TITLES = {
    "timeline": "Timeline", "logs": "Log", "result": "Result", "history": "History", "cost": "Cost",
    "environments": "Environments", "concurrency": "Concurrency", "queue": "Queue", "inbox": "Inbox",
}
"""The views, with what their tabs say."""


def _splitter(*parts: QWidget) -> QSplitter:
    splitter = QSplitter()
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    for part in parts:
        splitter.addWidget(part)
    return splitter
