"""`workbench keys …` and its options. The implementation is imported only when a command is called, to start quickly."""

from __future__ import annotations

from typing import Annotated

import typer

# The docstrings of commands are their --help texts.
keys = typer.Typer(help="The access keys that requests from other machines are signed with (workbench serve --host).",
                   no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
JsonOption = Annotated[bool, typer.Option("--json", help="As one JSON document.")]


@keys.command("add")
def add(note: Annotated[str, typer.Option("--note", help="What the key is for.")] = "", as_json: JsonOption = False) -> None:
    """Issue a key and print it. Its secret is shown this once; it is stored for you alone."""
    from workbench.cli.keys import add_key

    raise typer.Exit(add_key(note, as_json=as_json))


@keys.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the issued keys, without their secrets."""
    from workbench.cli.keys import list_keys

    raise typer.Exit(list_keys(as_json=as_json))


@keys.command("remove")
def remove(key_id: Annotated[str, typer.Argument(help="An access key ID from the list.")]) -> None:
    """Remove a key. Running engines refuse it with the next request."""
    from workbench.cli.keys import remove_key

    raise typer.Exit(remove_key(key_id))
