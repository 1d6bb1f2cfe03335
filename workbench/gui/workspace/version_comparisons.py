"""Shows what differs between two versions of the chosen function, in a window of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from shiboken6 import isValid

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.function_versions import FunctionVersions
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.failures import WorkbenchError
from workbench.model.function_version import LATEST

if TYPE_CHECKING:
    from workbench.gui.panels.versions.comparison_sheet import ComparisonSheet


class VersionComparisons(QObject):
    """Opens the sheet, which is imported when first needed, and asks the engine for what it shows."""

    def __init__(
        self, link: EngineLink, versions: FunctionVersions, page: WorkspacePage, appearance: Appearance,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(page)
        self._link = link
        self._versions = versions
        self._page = page
        self._appearance = appearance
        self._tasks = Tasks(report)

    async def close(self) -> None:
        """Stop waiting for answers."""
        await self._tasks.cancel()

    def compare(self, version: str = LATEST) -> None:
        """Show what differs between a version and the one published before it."""
        from workbench.gui.panels.versions.comparison_sheet import ComparisonSheet

        function, offered = self._versions.function_name, [each.version for each in self._versions.versions]
        sheet = self._appearance.dress(ComparisonSheet(function, self._page))
        sheet.requested.connect(partial(self._request, sheet, function))
        sheet.open()
        sheet.choose([LATEST, *reversed([each for each in offered if each != LATEST])], *pair(offered, version))

    def _request(self, sheet: ComparisonSheet, function: str, left: str, right: str) -> None:
        self._tasks.spawn("compare versions", self._compare(sheet, function, left, right))

    async def _compare(self, sheet: ComparisonSheet, function: str, left: str, right: str) -> None:
        try:
            comparison = await self._link.client.versions.compare(function, left, right)
        except WorkbenchError as error:
            if isValid(sheet):  # it deletes itself when it is closed, which a person may do meanwhile
                sheet.show_refusal(left, right, str(error))
        else:
            if isValid(sheet):
                sheet.show_comparison(comparison)


def pair(offered: Sequence[str], version: str) -> tuple[str, str]:
    """Return a version and the one before it, the older one first. The first one published is compared with `$LATEST`.

    `offered`: `$LATEST`, then the published ones, oldest first.
    """
    published = [each for each in offered if each != LATEST]
    if version not in published:
        return published[-1], LATEST
    place = published.index(version)
    return (published[place - 1], version) if place else (version, LATEST)
