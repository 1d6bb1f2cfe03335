"""What is here, what is missing, and what to do about it: the report of `workbench doctor`."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from pathlib import Path

from workbench.cli.engine_parts import own_sdks
from workbench.engine.service import Engine
from workbench.engine.services_endpoint.endpoint import MOTO
from workbench.engine.services_endpoint.moto import INSTALL, is_installed
from workbench.model.engine_api import CacheReport, DoctorReport, Finding
from workbench.model.failures import SandboxUnavailable
from workbench.package_version import package_version
from workbench.packages.runtime_sdk import UnreadableSdks, find_sdk
from workbench.runtimes.catalogue import base_image, find_runtime
from workbench.runtimes.interpreters import Interpreters
from workbench.sandbox.docker.local_images import local_images
from workbench.storage.state_home import in_place_of_anothers
from workbench.workspace.state_directory import state_directory
from workbench.workspace.team_settings import settings_of

DEFAULT_PORT = 9001
_LOOKED_FOR = ("python3.14", "python3.13", "python3.12", "python3.11", "nodejs24.x", "nodejs22.x", "nodejs20.x")


async def examine(engine: Engine) -> DoctorReport:
    """The report of a running engine. Starts nothing that the workspace's folder contains."""
    findings = [*_sandboxes(engine), *await _images(engine), *await _interpreters(engine.root), await _trust(engine)]
    findings += await asyncio.to_thread(_brought, engine)
    findings += [_port(), _folder(engine.root), _state(engine.root), _workspace(engine), _cache(await engine.cache.report()),
                 await asyncio.to_thread(_services, engine)]
    return DoctorReport(version=package_version(), findings=tuple(findings))


def _sandboxes(engine: Engine) -> list[Finding]:
    return [
        Finding(subject=f"Sandbox {status.kind}", ok=status.available, detail=status.detail, hint=status.hint)
        for status in engine.sandboxes
    ]


async def _images(engine: Engine) -> list[Finding]:
    """One finding per image that this workspace's runtimes need; none when no Docker answers."""
    runtimes = dict.fromkeys(function.runtime for function in engine.functions.all())
    chosen = engine.settings.in_force.images
    images = {runtime: image for runtime in runtimes if (image := chosen.get(runtime) or base_image(runtime))}
    try:
        here = await asyncio.to_thread(local_images, set(images.values()))
    except SandboxUnavailable:
        return []
    return [_image(runtime, image, image in here) for runtime, image in images.items()]


def _image(runtime: str, image: str, is_here: bool) -> Finding:
    hint = "" if is_here else f"It is pulled before the first invocation. To pull it now: docker pull {image}"
    return Finding(subject=f"Image {runtime}", ok=is_here, detail=image if is_here else f"{image} is not here", hint=hint)


def _brought(engine: Engine) -> list[Finding]:
    """The SDKs that this workspace's runtimes bring, which functions that run as processes get as well."""
    runtimes = dict.fromkeys(function.runtime for function in engine.functions.all())
    return [finding for runtime in runtimes if (finding := _sdk(runtime)) is not None]


def _sdk(runtime: str) -> Finding | None:
    try:
        sdk = find_sdk(runtime, own_sdks())
    except UnreadableSdks as error:
        return Finding(subject=f"SDK {runtime}", ok=False, detail=str(error), hint="Correct the file, or delete it.")
    if sdk is None:
        return None
    detail = f"{sdk.title}, as of {sdk.date}; a process gets it when its code imports it"
    return Finding(subject=f"SDK {runtime}", ok=True, detail=detail, hint=f"To use other versions, name them in {own_sdks()}.")


async def _interpreters(root: Path) -> list[Finding]:
    finder = Interpreters()
    return [await _interpreter(finder, identifier, root) for identifier in _LOOKED_FOR]


async def _interpreter(finder: Interpreters, identifier: str, root: Path) -> Finding:
    runtime = find_runtime(identifier)
    assert runtime is not None
    try:
        found = await finder.find(runtime, root)
    except SandboxUnavailable as error:
        return Finding(subject=identifier, ok=False, detail=error.message, hint=error.hint)
    detail = f"{found.path} ({found.version})"
    return Finding(subject=identifier, ok=found.exact, detail=detail, hint="" if found.exact else found.notices[0])


async def _trust(engine: Engine) -> Finding:
    """What the folder would run. An untrusted folder is a failed finding only when something in it needs trust."""
    report = await engine.trust.report()
    if report.standing == "trusted" and not report.is_limited:
        return Finding(subject="Trust", ok=True, detail=f"{engine.root} is trusted")
    texts = "; ".join(item.text for item in report.open_items if item.asks)
    said = texts or "functions run as processes, with your rights" if report.is_limited else "nothing in the folder needs it"
    return Finding(subject="Trust", ok=not report.is_limited, detail=f"{engine.root} is not trusted: {said}",
                   hint="'workbench trust' shows what the folder would run; 'workbench trust add' trusts it.")


def _port() -> Finding:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", DEFAULT_PORT))
        except OSError:
            hint = "'workbench serve' needs another port (-p); the window takes any free one."
            return Finding(subject=f"Port {DEFAULT_PORT}", ok=False, detail="taken", hint=hint)
    return Finding(subject=f"Port {DEFAULT_PORT}", ok=True, detail="free")


def _folder(root: Path) -> Finding:
    free_gb = shutil.disk_usage(root).free / 1e9
    if not os.access(root, os.W_OK):
        hint = "Functions run, but edits cannot be saved; history is kept in your own state folder."
        return Finding(subject="Workspace folder", ok=False, detail=f"{root} is read-only", hint=hint)
    return Finding(subject="Workspace folder", ok=free_gb > 1, detail=f"{root}, {free_gb:.1f} GB free")


def _state(root: Path) -> Finding:
    """Where settings, values and the engine's log are kept: outside the workspace, because a clone could bring its own."""
    elsewhere = in_place_of_anothers()
    return Finding(subject="State", ok=not elsewhere, detail=str(state_directory(root)), hint=elsewhere)


def _workspace(engine: Engine) -> Finding:
    if engine.functions.problem:
        return Finding(subject="template.yaml", ok=False, detail=engine.functions.problem)
    names = ", ".join(function.name for function in engine.functions.all()) or "no functions"
    notices = " ".join(engine.functions.remarks.warnings)
    return Finding(subject="template.yaml", ok=not notices, detail=" ".join(filter(None, (names, notices))))


def _cache(report: CacheReport) -> Finding:
    """The cache's size. It can exceed its limit while everything in it is in use."""
    hint = "workbench cache --clear deletes what is not in use." if report.kinds else ""
    return Finding(subject="Cache", ok=report.size_bytes <= report.limit_bytes, detail=f"{report.sentence()}, {report.folder}",
                   hint=hint)


def _services(engine: Engine) -> Finding:
    """Where other AWS services are. None is as good as any choice: most functions need none."""
    choice = engine.services_endpoint.choice or settings_of(engine.root).services
    if choice == MOTO and not is_installed():
        return Finding(subject="AWS services", ok=False, detail="moto, which is not installed", hint=INSTALL)
    hint = "" if choice else "To have some: workbench serve --services moto, or --services URL."
    problem = engine.services_endpoint.problem
    return Finding(subject="AWS services", ok=not problem, detail=problem or choice or "no services endpoint", hint=hint)
