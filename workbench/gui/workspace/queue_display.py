"""Shows the queue in its panel, in the tab above it, and passes on what is asked for there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon

from workbench.gui.look.appearance import Appearance
from workbench.gui.look.icons import icon
from workbench.gui.panels.queue.queue_clock_words import held_text
from workbench.gui.widgets.lazy_panel import LazyPanel
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.queue_commands import QueueCommands
from workbench.gui.workspace.queue_reader import QueueReader
from workbench.gui.workspace.workspace_page import WorkspacePage

if TYPE_CHECKING:  # created after the code has been painted, and imported only then
    from workbench.gui.look.theme import Theme
    from workbench.gui.panels.queue.queue_panel import QueuePanel


class QueueDisplay(QObject):
    """Signals: `held_changed(str)`, which clocks are held, in a few words, "" for none; `invocation_requested(str request_id)`.
    """

    held_changed = Signal(str)
    invocation_requested = Signal(str)

    def __init__(
        self, reader: QueueReader, commands: QueueCommands, model: WorkspaceState, page: WorkspacePage, appearance: Appearance
    ) -> None:
        super().__init__(page)
        self._reader = reader
        self._commands = commands
        self._model = model
        self._regions = page.regions
        self._appearance = appearance
        self._held = ""
        self.lazy_panel = LazyPanel(page.regions.queue, self._make_panel)
        reader.changed.connect(self._show)
        reader.life_changed.connect(self._show_life)
        reader.chosen_changed.connect(self._on_chosen_changed)
        commands.moving_changed.connect(self._show)
        model.functions_changed.connect(self._show_functions)
        appearance.theme_changed.connect(self._on_theme)

    @property
    def panel(self) -> QueuePanel:
        """The panel, created now if it does not exist yet."""
        return self.lazy_panel.panel

    @property
    def held(self) -> str:
        """Which clocks are held, in a few words; "" for none."""
        return self._held

    def _make_panel(self) -> QueuePanel:
        from workbench.gui.panels.queue.queue_panel import QueuePanel

        reader, panel = self._reader, QueuePanel(
            self._reader.rows, theme=self._appearance.theme, seen=self._reader.hidden.text)
        self._appearance.theme_changed.connect(panel.set_theme)
        panel.visibility_changed.connect(reader.look)
        panel.table.event_chosen.connect(self._on_event_chosen)
        panel.table.part_needed.connect(reader.look_at)
        panel.filter.function_chosen.connect(self._on_function_chosen)
        panel.filter.shown_chosen.connect(reader.show_only)
        self._connect_clock(panel)
        self._connect_events(panel)
        panel.show_functions(self._names(), reader.function_name)
        return panel

    def _connect_clock(self, panel: QueuePanel) -> None:
        bar, commands = panel.toolbar, self._commands
        bar.hold.clicked.connect(commands.toggle_hold)
        bar.step.clicked.connect(commands.step)
        bar.minute.clicked.connect(self._on_minute)
        bar.two_minutes.clicked.connect(self._on_two_minutes)
        bar.to_end.clicked.connect(commands.to_the_end)
        panel.run_older.clicked.connect(commands.run_older)

    def _connect_events(self, panel: QueuePanel) -> None:
        table = panel.table
        table.retry_requested.connect(self._on_retry)
        table.edit_requested.connect(self._on_edit)
        table.drop_requested.connect(self._on_drop)
        panel.filter.drop_all.clicked.connect(self._commands.drop_all)
        table.open_requested.connect(self._on_open)

    def _show(self) -> None:
        info = self._reader.rows.info
        waiting = info.waiting + info.settled
        self._regions.area.set_title("queue", f"Queue ({waiting:,})" if waiting else "Queue")
        self._regions.rail.show_count("queue", waiting)
        if held_text(info) != self._held:
            self._held = held_text(info)
            self._mark()
            self.held_changed.emit(self._held)
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.show_moving(is_moving=self._commands.is_moving)

    def _mark(self) -> None:
        """Mark the tab: a held clock must be seen whatever is in front."""
        picture = icon("pause", self._appearance.theme.warning) if self._held else QIcon()
        self._regions.area.mark("queue", picture, self._held)

    def _show_life(self) -> None:
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.show_life(self._reader.life, self._reader.payload)

    def _show_functions(self) -> None:
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.show_functions(self._names(), self._reader.function_name)

    def _names(self) -> list[str]:
        return [function.name for function in self._model.functions]

    def _on_theme(self, _theme: Theme) -> None:
        self._mark()

    def _on_chosen_changed(self) -> None:
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.choose(self._reader.chosen)

    def _on_event_chosen(self, event_id: int, request_id: str) -> None:
        self._reader.choose(event_id, request_id)
        self.panel.choose(event_id)

    def _on_function_chosen(self, name: str) -> None:
        self._reader.show_function(name)
        self._show_functions()

    def _on_minute(self) -> None:
        self._commands.forward(60)

    def _on_two_minutes(self) -> None:
        self._commands.forward(120)

    def _on_retry(self) -> None:
        if self.panel.chosen is not None:
            self._commands.retry(self.panel.chosen)

    def _on_open(self) -> None:
        if self.panel.chosen is not None:
            self.invocation_requested.emit(self.panel.chosen.request_id)

    def _on_edit(self) -> None:
        if self.panel.chosen is not None:
            self._commands.edit(self.panel.chosen)

    def _on_drop(self) -> None:
        if self.panel.chosen is not None:
            self._commands.drop(self.panel.chosen)
