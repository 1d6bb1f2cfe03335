"""What a person does with functions in a window that may be killed: made, renamed, published, pointed at, changed, debugged."""

from __future__ import annotations

import asyncio
import json

from tests.gallery.sitter import until
from tests.support.killed_window_found import FUNCTION, MADE, in_force_found
from tests.support.killed_window_teller import Flow, Teller, is_gone
from workbench.gui.dialogs.function_dialogs import NameDialog, NewFunctionDialog
from workbench.gui.dialogs.version_dialogs import AliasDialog, PublishDialog
from workbench.gui.panels.overrides.override_row import OverrideRow
from workbench.gui.workspace.function_versions import FunctionVersions
from workbench.model.failures import ServiceError

MOST_MADE = 4
ALIAS = "live"
_CONFIGURATION = f"/2015-03-31/functions/{FUNCTION}/configuration"


class FunctionFlows(Teller):
    """Functions, their versions and what the API changes of them."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """What can be done."""
        return (self.make_function, self.make_function, self.publish, self.point_alias, self.override, self.settle_override,
                self.debug)

    async def make_function(self) -> None:
        """Make a function from a starter; when there are some already, rename one."""
        made = [each.logical_id for each in self.window.workspace.model.functions if MADE.fullmatch(each.logical_id)]
        if len(made) >= MOST_MADE or (made and self.chance.random() < 0.5):
            await self._rename_function(self.chance.choice(made))
            return
        number = next(self.numbers)
        self.run("function.new")
        dialog = await self.window.dialog(NewFunctionDialog)
        dialog.name.setText(f"Made{number}A")
        dialog.starter.setCurrentIndex(self.chance.randrange(dialog.starter.count()))
        self.tried(**{f"function {number}": f"Made{number}A"})
        dialog.accept()
        self.kept(**{f"function {number}": f"Made{number}A"})

    async def _rename_function(self, name: str) -> None:
        stem, letter = name[:-1], name[-1]
        other = f"{stem}{'B' if letter == 'A' else 'A'}"
        self.window.workspace.model.choose_function(name)
        self.run("function.rename")
        dialog = await self.window.dialog(NameDialog)
        dialog.name.setText(other)
        fact = {f"function {stem.removeprefix('Made')}": other}
        self.tried(**fact)
        dialog.accept()
        self.kept(**fact)

    async def publish(self) -> None:
        """Publish a version. Lambda publishes none if nothing has changed since the last one."""
        description, client = f"{next(self.numbers)}", self.window.client
        await self.window.show_code()
        await self._versions_known()
        number = str(len(await client.versions.versions(FUNCTION)))
        self.run("version.publish")
        dialog = await self.window.dialog(PublishDialog)
        dialog.description.setText(description)
        self.tried(**{f"version {description}": number})
        dialog.accept()
        await until(lambda: is_gone(dialog))
        if any(each.description == description for each in await client.versions.versions(FUNCTION)):
            self.kept(**{f"version {description}": number})

    async def point_alias(self) -> None:
        """Make the alias, or point it at another version."""
        await self.window.show_code()
        versions = await self._versions_known()
        published = [each.version for each in versions.versions if not each.is_latest]
        if not published:
            return
        version, is_there = self.chance.choice(published), versions.alias(ALIAS) is not None
        self.window.workspace.version_commands.ask_alias(ALIAS if is_there else "")
        dialog = await self.window.dialog(AliasDialog)
        if not is_there:
            dialog.name.setText(ALIAS)
        dialog.version.setCurrentIndex(dialog.version.findData(version))
        self.tried(**{f"alias {ALIAS}": version})
        dialog.accept()
        await until(lambda: is_gone(dialog))
        self.kept(**{f"alias {ALIAS}": version})

    async def override(self) -> None:
        """Another program changes the function through the API; the template stays as it is."""
        timeout_s = self.chance.randrange(10, 600)
        self.tried(**{"timeout in force": timeout_s, "timeout overridden": True})
        await self._put({"Timeout": timeout_s})
        while (await in_force_found(self.window.client))["timeout in force"] != timeout_s:  # noqa: ASYNC110  (the engine does not tell)
            await asyncio.sleep(0.01)
        self.kept(**{"timeout in force": timeout_s, "timeout overridden": True})

    async def _put(self, change: dict[str, int]) -> None:
        """Change it once no other update is in progress, as a program has to."""
        while True:
            try:
                await self.window.client._raw("PUT", _CONFIGURATION, data=json.dumps(change).encode())
            except ServiceError as error:
                if error.status != 409:
                    raise
                await asyncio.sleep(0.1)
            else:
                return

    async def settle_override(self) -> None:
        """Drop what the API changed, or write it into the template."""
        await self.window.show_code()
        found = await in_force_found(self.window.client)
        if not found["timeout overridden"]:
            return
        self.tried(drawer=True)
        self.run("focus.configuration")
        await until(lambda: self._override_row() is not None)
        row = self._override_row()
        assert row is not None
        is_dropped = self.chance.random() < 0.5
        template_s = self.window.workspace.model.workspace.function(FUNCTION).timeout_s
        facts = {"timeout overridden": False, "timeout in force": template_s if is_dropped else found["timeout in force"]}
        self.tried(**facts)
        (row.drop if is_dropped else row.write_back).click()
        while (await in_force_found(self.window.client))["timeout overridden"]:  # noqa: ASYNC110  (the engine does not tell)
            await asyncio.sleep(0.01)
        self.kept(**facts)

    def _override_row(self) -> OverrideRow | None:
        card = self.window.workspace.overrides.card
        return next((row for row in card.rows if row.override.property == "Timeout"), None) if card is not None else None

    async def debug(self) -> None:
        """Begin debugging, and end it. An engine that is killed takes it along."""
        await self.window.show_code()
        debug, debugging = self.window.workspace.debug, self.window.workspace.session.debugging
        await until(lambda: debug.is_possible)
        self.run("debug")
        await until(lambda: debugging.stage_of(FUNCTION) not in (None, "switching"))
        self.run("debug")
        await until(lambda: debugging.stage_of(FUNCTION) is None)

    async def _versions_known(self) -> FunctionVersions:
        versions = self.window.workspace.versions
        await until(lambda: versions.function_name == FUNCTION and bool(versions.versions))
        return versions
