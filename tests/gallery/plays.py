"""What was done in a window before its pictures are taken."""

from __future__ import annotations

import asyncio
from functools import partial

from tests.gallery.sitter import Sitter, until
from tests.support.api_clients import ROLE, lambda_client, zipped
from tests.support.function_urls import url_of


async def nothing(_: Sitter) -> None:
    """Nothing has been done yet."""


async def used(sitter: Sitter) -> None:
    await sitter.choose("Orders")
    await sitter.invoke()
    await sitter.choose("Greeting", "world")
    for command in ("invoke", "invoke", "invoke.cold", "invoke"):
        await sitter.invoke(command)


async def taught(sitter: Sitter) -> None:
    await until(lambda: sitter.workspace.lessons.course.lesson is not None)
    sitter.window.run("lesson.show")
    await sitter.choose("Greeting", "world")
    for _ in range(3):
        await sitter.invoke()


async def failed(sitter: Sitter) -> None:
    await sitter.choose("Greeting", "world")
    await sitter.invoke()
    await sitter.choose("Greeting", "nobody")
    await sitter.invoke()


async def busy(sitter: Sitter) -> None:
    await sitter.choose("Slow")
    added = sitter.begin()
    await until(lambda: sitter.workspace.session.history.added > added and bool(sitter.workspace.invocations.running))


async def queued(sitter: Sitter) -> None:
    await sitter.choose("Greeting", "nobody")
    sitter.window.run("queue.hold")
    await until(lambda: sitter.workspace.asynchronous.queue_reader.is_held)
    for _ in range(3):
        sitter.window.run("invoke.send")
    await until(lambda: sitter.workspace.asynchronous.queue_reader.rows.info.waiting == 3)
    await sitter.settle()


async def letters(sitter: Sitter) -> None:
    """Events that failed for good: their records are in the inbox."""
    await sitter.choose("Greeting", "nobody")
    queue = sitter.workspace.link.client.queue
    await queue.hold()
    for _ in range(3):
        await queue.send("Greeting", b'{"name": "Nobody", "fail": true}')
    while (await queue.step()).queue.waiting:
        await sitter.settle()
    await sitter.settle()


async def filled(sitter: Sitter) -> None:
    """A few hundred invocations, some at a time, some failing."""
    client = sitter.workspace.link.client
    for first in range(0, 300, 6):
        await asyncio.gather(*(client.invoke("Orders", b'{"number": %d}' % number) for number in range(first, first + 6)))
    await until(lambda: sitter.workspace.session.history.added >= 300)
    await sitter.invoke()


async def answered(sitter: Sitter) -> None:
    """A page, asked for through HTTP."""
    await sitter.choose("Orders", "http")
    await sitter.invoke()
    await sitter.invoke()


async def broken(sitter: Sitter) -> None:
    await sitter.invoke()
    template = sitter.workspace.model.workspace.template_path
    template.write_text(template.read_text("utf-8").replace("  Greeting:", "  Greeting"), "utf-8")
    await until(lambda: sitter.workspace.model.problem is not None)


async def asked(sitter: Sitter) -> None:
    await until(lambda: sitter.workspace.trust.dialog is not None)


async def first(sitter: Sitter) -> None:
    await sitter.invoke()


async def greeted(sitter: Sitter) -> None:
    await sitter.choose("Greeting", "world")
    await sitter.invoke()


async def canceled(sitter: Sitter) -> None:
    await busy(sitter)
    sitter.window.run("invoke.cancel")
    await until(lambda: not sitter.workspace.invocations.running)


async def too_late(sitter: Sitter) -> None:
    await sitter.choose("Hasty", "soon")
    await sitter.invoke()
    await sitter.choose("Hasty", "never")
    await sitter.invoke()


async def pictured(sitter: Sitter) -> None:
    await sitter.choose("Pictures", "bytes")
    await sitter.invoke()
    await sitter.choose("Pictures", "picture")
    await sitter.invoke()


async def requested(sitter: Sitter) -> None:
    """A request for the function's URL, from outside."""
    url = await asyncio.to_thread(lambda: url_of(lambda_client(sitter.url), "Orders"))
    added = sitter.workspace.session.history.added
    await asyncio.to_thread(partial(url.send, "POST", "/orders?dry=1", b'{"id": 7}', Cookie="session=abc", Accept="text/html"))
    await until(lambda: sitter.workspace.session.history.added > added)
    inspector = sitter.workspace.panels.result.panel.body.inspector
    await until(lambda: inspector.exchange is not None and inspector.exchange.response is not None)


async def debugged(sitter: Sitter) -> None:
    await sitter.choose("Greeting", "world")
    sitter.window.run("debug")
    await until(lambda: bool(sitter.workspace.panels.debug_bar.lines))
    await until(lambda: sitter.workspace.debug.is_possible)


async def changed(sitter: Sitter) -> None:
    """The API has changed a function of the template, and made one."""
    client = lambda_client(sitter.url)
    await asyncio.to_thread(partial(
        client.update_function_configuration, FunctionName="Greeting", MemorySize=1024, Timeout=30,
        Environment={"Variables": {"TABLE": "customers"}}))
    await asyncio.to_thread(partial(
        client.create_function, FunctionName="Made", Runtime="python3.11", Handler="app.handler", Role=ROLE,
        Code={"ZipFile": zipped()}))
    await until(lambda: any(each.name == "Made" for each in sitter.workspace.model.functions))
    await sitter.choose("Greeting")
    await until(lambda: sitter.workspace.overrides.card is not None)


async def kept(sitter: Sitter) -> None:
    """Something was edited, published and deleted: what can be brought back, and what can be chosen."""
    await sitter.choose("Greeting", "world")
    await sitter.invoke()
    editor = sitter.editor
    editor.replace_text(editor.text().replace("Return a greeting", "Greet"))
    sitter.window.run("save")
    await sitter.workspace.link.client.versions.publish("Greeting", "As it was")
    sitter.workspace.model.choose_event("nobody")
    sitter.window.run("event.delete")
    await sitter.choose("Greeting", "world")
    await until(lambda: len(sitter.workspace.versions.versions) > 1)
