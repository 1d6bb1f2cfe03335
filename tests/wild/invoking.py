"""Invoking other people's functions as a person does: `workbench invoke` in their folder, with their event."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from tests.wild.choosing import Chosen
from workbench.model.engine_api import Settings
from workbench.workspace.kept_settings import SETTINGS_FILE
from workbench.workspace.state_directory import state_directory

_LIMIT_S = 300
_CATEGORIES = (
    ("service", "an AWS service that is not here, or credentials for it", re.compile(
        r"(?i)endpoint url|EndpointConnectionError|security token|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKey|"
        r"InvalidSignature|CredentialsProviderError|Unable to locate credentials|amazonaws\.com|ExpiredToken|AuthFailure|"
        r"getaddrinfo ENOTFOUND|invalid security|InvalidToken|localhost:4566|sandbox\.localdomain")),
    ("network", "a host that is not reachable from here", re.compile(
        r"(?i)getaddrinfo|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|Name or service not known|name resolution|fetch failed|"
        r"Max retries exceeded|Connection refused|urlopen error|ConnectTimeout|socket hang up")),
    ("durable", "what a durable execution needs after its first invocation is refused by name until it is served", re.compile(
        r"DurableExecution\.NotSupported")),
    ("project", "it fails on Lambda as well: a package that its runtime has no longer, or that it does not list", re.compile(
        r"Cannot find (?:module|package) 'aws-sdk'|Could not resolve \"|cannot import name '\w+' from|"
        r"CallbackHandlerDeprecated")),
    ("unknown value", "a variable that only a deployment or a person knows", re.compile(r"(?!)")),
    ("layer", "a layer that is not here", re.compile(r"(?!)")),
    ("image", "the image that stands in for AWS's lacks a part of the SDK that AWS's has", re.compile(r"(?!)")),
    ("build", "what it lists cannot be installed", re.compile(
        r"(?i)could not install|could not be built|is not found to|was not found to (?:install|build)")),
    ("code", "its code is not in the repository", re.compile(
        r"(?i)code folder .* does not exist|layer content|cannot be told before")),
    ("event", "the event is none that it expects", re.compile(
        r"KeyError|Cannot (?:read|destructure)|undefined|NoneType|IndexError|is not iterable|string indices|JSONDecodeError|"
        r"Unexpected token|is not valid JSON|ValidationError|TypeError|AttributeError|ValueError|Exception|Error")),
)


class Invoked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one. `category` is "" for a success, `none` for a failure nobody can account for."""

    chosen: Chosen
    sandbox: str
    status: str
    category: str = ""
    text: str = ""
    notices: str = ""
    start_ms: float = 0.0


def use_image(chosen: Chosen, images: Mapping[str, str]) -> None:
    """Have containers of the function's runtime made of the image named for its family, where AWS's cannot be pulled."""
    image = next((image for family, image in images.items() if chosen.runtime.startswith(family)), "")
    if image:
        settings = Settings(images={chosen.runtime: image})
        (state_directory(Path(chosen.folder)) / SETTINGS_FILE).write_bytes(msgspec.json.encode(settings))


def invoked(chosen: Chosen, sandbox: str) -> Invoked:
    """Run it to its end, with whatever has to be built first."""
    command = [sys.executable, "-m", "workbench", "invoke", chosen.function, "-w", chosen.folder, "--sandbox", sandbox, "--trust",
               "--json", "-e", chosen.event]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, env=environment)
    except subprocess.TimeoutExpired:
        return Invoked(chosen=chosen, sandbox=sandbox, status="no end", category="none", text=f"no end in {_LIMIT_S} s")
    if done.returncode == 2 or not done.stdout:
        text = done.stderr[-3000:]
        return Invoked(chosen=chosen, sandbox=sandbox, status="not run", category=_category_of_refusal(text), text=text)
    return _outcome(chosen, sandbox, json.loads(done.stdout.splitlines()[0]), done.stderr)


def _outcome(chosen: Chosen, sandbox: str, document: dict[str, Any], notices: str) -> Invoked:
    if document["status"] == "success":
        return Invoked(chosen=chosen, sandbox=sandbox, status="success", notices=notices)
    text = f"{document['payloadText']}\n" + "\n".join(document["log"])
    category = _category(sandbox, document, text, notices)
    return Invoked(chosen=chosen, sandbox=sandbox, status=document["status"], category=category, text=text[:3000],
                   notices=notices)


def _category_of_refusal(text: str) -> str:
    if "Traceback" in text:
        return "none"
    before_running = ("build", "code", "project")
    return next((name for name, _, pattern in _CATEGORIES if name in before_running and pattern.search(text)), "none")


def _category(sandbox: str, document: dict[str, Any], text: str, notices: str) -> str:
    """Services and hosts by their words; a layer or value that was told to be missing; else the event, in the handler alone."""
    payload = document["payload"] if isinstance(document["payload"], dict) else {}
    kind, message = str(payload.get("errorType", "")), str(payload.get("errorMessage", ""))
    for name, _, pattern in _CATEGORIES[:4]:
        if pattern.search(text):
            return name
    if any(name in text for name in re.findall(r"^(\S+) is not set: ", notices, re.MULTILINE)):
        return "unknown value"
    if sandbox == "docker" and re.search(r"(?:module|package|named) '(?:@aws-sdk/|@smithy/|boto)", text):
        return "image"
    if "ImportModuleError" in kind or "Runtime.ExitError" in kind or "INIT_REPORT" in text:
        return "layer" if "layer" in notices.lower() else "none"
    if document["status"] == "timeout":
        return "service"  # it waits for an answer that nobody gives: looked at one by one, see the text
    said = f"{kind} {message}" if kind else text  # a streamed answer has its error in the log alone
    return "event" if _CATEGORIES[-1][2].search(said) else "none"


CATEGORY_WORDS = {name: words for name, words, _ in _CATEGORIES} | {"none": "NOT ACCOUNTED FOR"}
"""What each category means, for the table."""
