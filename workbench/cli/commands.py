"""The commands of `workbench` and their options. Each imports its implementation only when it is called, to start quickly."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.api_commands import api
from workbench.cli.credentials_commands import credentials
from workbench.cli.inbox_commands import inbox
from workbench.cli.invocation_commands import invocation
from workbench.cli.keys_commands import keys
from workbench.cli.past_commands import invocations, logs
from workbench.cli.queue_commands import queue
from workbench.cli.template_options import ConfigEnvOption, EnvVarsOption, OverridesOption, TemplateOption, WorkspaceOption

if TYPE_CHECKING:
    from workbench.workspace.locating.options import Options

# The docstrings of commands are their --help texts.
application = typer.Typer(
    name="workbench",
    help="Write AWS Lambda functions, run them locally exactly as Lambda would, and watch cold starts, logs and costs.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

TrustOption = Annotated[bool, typer.Option("--trust", help="Trust the folder, with what it contains now, from now on.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        from workbench.package_version import package_version

        sys.stdout.write(f"workbench {package_version()}\n")
        raise typer.Exit


@application.callback()
def workbench(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Write AWS Lambda functions, run them locally exactly as Lambda would, and watch cold starts, logs and costs."""


class Sandbox(StrEnum):
    """The sandboxes that `--sandbox` accepts."""

    process = "process"
    isolated = "isolated"
    docker = "docker"


@application.command("open")
def open_window(
    directory: Annotated[Path | None, typer.Argument(help="The SAM project folder; by default the last one opened.")] = None,
) -> None:
    """Open the window (also: workbench [DIR])."""
    from workbench.cli.window import show_window

    raise typer.Exit(show_window(directory))


@application.command()
def serve(
    workspace: WorkspaceOption = Path(),
    port: Annotated[int, typer.Option("-p", "--port", help="0 for any free port.", min=0, max=65535)] = 9001,
    sandbox: Annotated[Sandbox | None, typer.Option(help="Run everything there, whatever the settings are.")] = None,
    trust: TrustOption = False,
    template: TemplateOption = "",
    config_env: ConfigEnvOption = "",
    overrides: OverridesOption = None,
    env_vars: EnvVarsOption = "",
    read_only: Annotated[bool, typer.Option("--read-only", help="Refuse changes of functions through the API.")] = False,
    services: Annotated[str | None, typer.Option(help="Where other AWS services are: moto (starts it), a URL, or none.")] = None,
    host: Annotated[
        str, typer.Option("--host", help="Listen at this address of the machine too, or 0.0.0.0 for all; see workbench keys.")
    ] = "127.0.0.1",
    account_concurrency: Annotated[
        int | None, typer.Option(help="Concurrent executions of the account in each Region, 1,000 on AWS.", min=1, max=1_000_000)
    ] = None,
    machine_environments: Annotated[
        int | None, typer.Option(help="Execution environments that this machine runs at a time; others wait.", min=1, max=100_000)
    ] = None,
    machine_memory: Annotated[
        int | None, typer.Option(metavar="MB", help="Memory that environments may take together, in MB; others wait.", min=1,
                                 max=100_000_000)
    ] = None,
    child: Annotated[bool, typer.Option("--child", hidden=True, help="Exit when the window that started it is gone.")] = False,
    embedded: Annotated[bool, typer.Option("--embedded", hidden=True, help="Exit with the program that started it.")] = False,
) -> None:
    """Run the engine alone, for boto3, the AWS CLI and scripts."""
    from workbench.cli.choices import chosen
    from workbench.cli.serve import ServeOptions, run_engine
    from workbench.cli.services_choice import services_choice

    root, choices = chosen(workspace, template, config_env, overrides, env_vars)
    raise typer.Exit(run_engine(root, choices, ServeOptions(
        port=0 if child or embedded else port, host=host, sandbox=sandbox.value if sandbox else None,
        parent="program" if embedded else "window" if child else "", trust=trust,
        read_only=read_only, services=services_choice(services) if services else None,
        account_concurrency=account_concurrency, machine_environments=machine_environments,
        machine_memory_mb=machine_memory)))


@application.command("list")
def list_functions(
    workspace: WorkspaceOption = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
    template: TemplateOption = "",
    config_env: ConfigEnvOption = "",
    overrides: OverridesOption = None,
    env_vars: EnvVarsOption = "",
) -> None:
    """List the functions, including those of nested templates, with any problems of theirs and of the template."""
    from workbench.cli.choices import chosen
    from workbench.cli.listing import show_functions

    raise typer.Exit(show_functions(*chosen(workspace, template, config_env, overrides, env_vars), as_json=as_json))


@application.command()
def invoke(
    function: Annotated[str, typer.Argument(help="The function's name or logical id.")],
    workspace: WorkspaceOption = Path(),
    event: Annotated[
        str, typer.Option("-e", "--event", help="A JSON file or document, an event in events/ by name, or - (standard input).")
    ] = "",
    sandbox: Annotated[Sandbox | None, typer.Option(help="Where to run it.")] = None,
    cold: Annotated[bool, typer.Option("--cold", help="Start in a new environment.")] = False,
    tenant_id: Annotated[str, typer.Option("--tenant-id", help="The tenant, for a function that isolates tenants.")] = "",
    repeat: Annotated[int, typer.Option(help="The number of invocations, one after another.", min=1)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document per invocation, each on a line.")] = False,
    expect: Annotated[bool, typer.Option("--expect", help="Compare the answer with what the event expects.")] = False,
    trust: TrustOption = False,
    template: TemplateOption = "",
    config_env: ConfigEnvOption = "",
    overrides: OverridesOption = None,
    env_vars: EnvVarsOption = "",
) -> None:
    """Invoke a function and show its response, log, timeline and cost.

    Exit status: 0 if the function succeeded (with --expect: if all answers are as expected), 1 if it failed, 2 if it could not
    be run.
    """
    from workbench.cli.choices import chosen
    from workbench.cli.invoke import InvokeOptions, run_invocations

    root, choices = chosen(workspace, template, config_env, overrides, env_vars)
    options = InvokeOptions(
        function=function,
        workspace=root,
        choices=choices,
        event=event,
        sandbox=sandbox.value if sandbox else None,
        cold=cold,
        tenant_id=tenant_id,
        repeat=repeat,
        as_json=as_json,
        expect=expect,
        trust=trust,
    )
    raise typer.Exit(run_invocations(options))


application.command()(invocations)
application.add_typer(invocation, name="invocation")
application.command()(logs)


class IdeName(StrEnum):
    """The IDEs that `--write-config` can write an attach configuration for."""

    vscode = "vscode"
    pycharm = "pycharm"


@application.command()
def debug(
    function: Annotated[str, typer.Argument(help="The function's name or logical id.")],
    workspace: WorkspaceOption = Path(),
    port: Annotated[int, typer.Option("-p", "--port", help="0 for any free port.", min=0, max=65535)] = 0,
    sandbox: Annotated[Sandbox | None, typer.Option(help="Where to run it.")] = None,
    event: Annotated[
        str, typer.Option("-e", "--event", help="Invoke with this event: a JSON file or document, an event in events/, or -.")
    ] = "",
    write_config: Annotated[IdeName | None, typer.Option("--write-config", help="Write this IDE's attach configuration.")] = None,
    trust: TrustOption = False,
    template: TemplateOption = "",
    config_env: ConfigEnvOption = "",
    overrides: OverridesOption = None,
    env_vars: EnvVarsOption = "",
) -> None:
    """Debug a Python or Node.js function: open a port for debuggers until Ctrl+C.

    The function waits for a debugger before its module is loaded. Its time limits are paused while it is stopped.
    """
    from workbench.cli.choices import chosen
    from workbench.cli.debug import DebugOptions, run_debugging

    root, choices = chosen(workspace, template, config_env, overrides, env_vars)
    options = DebugOptions(
        function=function, workspace=root, port=port, sandbox=sandbox.value if sandbox else None, event=event,
        ide=write_config.value if write_config else None, choices=choices,
        trust=trust,
    )
    raise typer.Exit(run_debugging(options))


values = typer.Typer(invoke_without_command=True)
application.add_typer(values, name="values")


@values.callback()
def list_values(context: typer.Context, workspace: WorkspaceOption = Path(), template: TemplateOption = "") -> None:
    """List the values that the template asks for. Secret values are masked."""
    from workbench.cli.choices import chosen
    from workbench.cli.values import show_values

    context.obj = chosen(workspace, template, "", None, "")
    if context.invoked_subcommand is None:
        raise typer.Exit(show_values(*context.obj))


@values.command("set")
def set_value(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="A parameter's name, or a key from the list.")],
    value: Annotated[str, typer.Argument(help="Its value; - reads it from standard input.")],
    workspace: WorkspaceOption = Path(),
) -> None:
    """Set a value. It is stored for you alone, outside the project folder."""
    from workbench.cli.values import give_value

    raise typer.Exit(give_value(*_of(context, workspace), key, value))


@values.command("unset")
def unset_value(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="A parameter's name, or a key from the list.")],
    workspace: WorkspaceOption = Path(),
) -> None:
    """Remove a value that you have set."""
    from workbench.cli.values import give_value

    raise typer.Exit(give_value(*_of(context, workspace), key, None))


def _of(context: typer.Context, workspace: Path) -> tuple[Path, Options]:
    """The workspace and options of a subcommand: -w may come before or after its name."""
    root, choices = context.obj
    return (workspace.resolve() if workspace != Path() else root), choices


trusting = typer.Typer(invoke_without_command=True)
application.add_typer(trusting, name="trust")


@trusting.callback()
def show_trust(context: typer.Context, workspace: WorkspaceOption = Path(),
               as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False) -> None:
    """Show what a folder would run on this machine, and whether it is trusted. This runs nothing from the folder."""
    from workbench.cli.trust import show

    context.obj = workspace
    if context.invoked_subcommand is None:
        raise typer.Exit(show(workspace.resolve(), as_json=as_json))


@trusting.command("add")
def add_trust(
    context: typer.Context,
    workspace: WorkspaceOption = Path(),
    below: Annotated[bool, typer.Option("--below", help="Trust every folder in it, now and later.")] = False,
) -> None:
    """Trust a folder, with what it contains now: its functions may run as processes, and its builds may run."""
    from workbench.cli.trust import add

    raise typer.Exit(add((workspace if workspace != Path() else context.obj).resolve(), below=below))


@trusting.command("withdraw")
def withdraw_trust(context: typer.Context, workspace: WorkspaceOption = Path()) -> None:
    """Stop trusting a folder."""
    from workbench.cli.trust import withdraw

    raise typer.Exit(withdraw((workspace if workspace != Path() else context.obj).resolve()))


@trusting.command("list")
def list_trust() -> None:
    """List the folders that you trust."""
    from workbench.cli.trust import list_trusted

    raise typer.Exit(list_trusted())


@application.command()
def allow(
    function: Annotated[str, typer.Argument(help="Its name or logical id; without it, all functions.")] = "",
    workspace: WorkspaceOption = Path(),
    folder: Annotated[list[str] | None, typer.Option("--folder", help="A folder or file it may read at its own path.")] = None,
    address: Annotated[list[str] | None, typer.Option("--address", help="A localhost:PORT of this machine.")] = None,
    network: Annotated[bool | None, typer.Option("--network/--no-network", help="Whether it has network access.")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take back what is named, or everything allowed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Allow a function to use more of this machine in the isolated sandbox; list or withdraw what is allowed.

    Allowances are stored for you alone, outside the project folder: a clone cannot bring its own.
    """
    from workbench.cli.allow import AllowOptions, run_allow
    from workbench.cli.choices import chosen

    root, choices = chosen(workspace, "", "", None, "")
    raise typer.Exit(run_allow(AllowOptions(
        workspace=root, function=function, folders=tuple(folder or ()), addresses=tuple(address or ()), network=network,
        withdraw=withdraw, as_json=as_json, choices=choices)))


@application.command("concurrency")
def concurrency(
    workspace: WorkspaceOption = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Show what runs at a time in the workspace's engine, what limits it, and what was throttled since the engine started."""
    from workbench.cli.choices import chosen
    from workbench.cli.concurrency import show_concurrency

    raise typer.Exit(show_concurrency(chosen(workspace, "", "", None, "")[0], as_json=as_json))


@application.command("overrides")
def show_overrides(
    function: Annotated[str, typer.Argument(help="Its name or logical id; without it, all functions.")] = "",
    workspace: WorkspaceOption = Path(),
    name: Annotated[str, typer.Option("--property", help="Only this one: MemorySize, Environment, Code, …")] = "",
    drop: Annotated[bool, typer.Option("--drop", help="Have the template's values again.")] = False,
    write_back: Annotated[bool, typer.Option("--write-back", help="Write them into the template.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Show what the Lambda API changed of the template's functions; drop it, or write it into the template.

    Values of environment variables are masked. Prints what is left after a change.
    """
    from workbench.cli.choices import chosen
    from workbench.cli.overrides import OverrideOptions, run_overrides

    root, choices = chosen(workspace, "", "", None, "")
    raise typer.Exit(run_overrides(OverrideOptions(
        workspace=root, function=function, property=name, drop=drop, write_back=write_back, as_json=as_json, choices=choices)))

application.add_typer(api, name="api")
application.add_typer(credentials, name="credentials")
application.add_typer(inbox, name="inbox")
application.add_typer(keys, name="keys")
application.add_typer(queue, name="queue")

trash = typer.Typer(help="List or restore what was deleted in a workspace.", no_args_is_help=True,
                    rich_markup_mode=None, pretty_exceptions_enable=False)
application.add_typer(trash, name="trash")


@trash.command("list")
def list_trash(workspace: WorkspaceOption = Path()) -> None:
    """List the deleted functions and events, newest first."""
    from workbench.cli.kept import list_trash as show

    raise typer.Exit(show(workspace.resolve()))


@trash.command("restore")
def restore_from_trash(
    what: Annotated[str, typer.Argument(help="An id from the list, or the name of a function or event (its latest deletion).")],
    workspace: WorkspaceOption = Path(),
) -> None:
    """Restore a function or event, with its entry in the template. Nothing is overwritten."""
    from workbench.cli.kept import restore_from_trash as restore

    raise typer.Exit(restore(workspace.resolve(), what))


@trash.command("empty")
def empty_trash(workspace: WorkspaceOption = Path()) -> None:
    """Move everything to the system's trash; where there is none, delete it permanently."""
    from workbench.cli.kept import empty_trash as empty

    raise typer.Exit(empty(workspace.resolve()))


@application.command()
def history(
    file: Annotated[Path, typer.Argument(help="A file of a workspace.")],
    workspace: Annotated[Path | None, typer.Option("-w", "--workspace", help="The SAM project folder.", file_okay=False)] = None,
    show: Annotated[int | None, typer.Option("--show", help="Print this version; 1 is the newest.", min=1)] = None,
) -> None:
    """List the earlier versions of a file that was edited here, or print one."""
    from workbench.cli.kept import show_history

    raise typer.Exit(show_history(file.absolute(), workspace.resolve() if workspace else None, show or 0))


@application.command()
def urls(
    function: Annotated[str, typer.Argument(help="The function's name; without it, all that have a URL.")] = "",
    workspace: WorkspaceOption = Path(),
    opens: Annotated[bool, typer.Option("--open", help="Open the first one in the browser.")] = False,
    request: Annotated[str, typer.Option(help="Show the HTTP request of this id that came through one, and its response.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """List where the running engine serves function URLs."""
    from workbench.cli.url_exchange import show_exchange
    from workbench.cli.urls import show_urls

    if request:
        raise typer.Exit(show_exchange(workspace.resolve(), request, as_json=as_json))
    raise typer.Exit(show_urls(workspace.resolve(), function, opens=opens, as_json=as_json))


@application.command()
def doctor(
    workspace: WorkspaceOption = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Check this machine (Docker or Podman, interpreters, images, ports) and say how to fix what is missing."""
    from workbench.cli.doctor import show_findings

    raise typer.Exit(show_findings(workspace.resolve(), as_json))


@application.command()
def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Delete what is not in use.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Show the size of the cache of unpacked and built packages, or clear it."""
    from workbench.cli.cache import show_cache

    raise typer.Exit(show_cache(clear=clear, as_json=as_json))
