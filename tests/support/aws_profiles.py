"""The AWS configuration of a person in a test: profiles of every kind, and an STS of the test's own or none."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.engine.clock import Clock

NOWHERE = "http://127.0.0.1:9"
"""Nothing listens there: AWS cannot be reached, and is never asked by a test."""
SECRET, TOKEN = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYREALREALKEY", "IQoJb3JpZ2luX2VjEREALTOKEN/realtoken+realtoken=="


class AwsProfiles:
    """The files of `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`, in variables of this process until the test ends."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, sts: str = NOWHERE) -> None:
        folder.mkdir()
        self.folder, self.config, self.credentials = folder, folder / "config", folder / "credentials"
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in (("AWS_CONFIG_FILE", self.config), ("AWS_SHARED_CREDENTIALS_FILE", self.credentials),
                            ("AWS_ENDPOINT_URL_STS", sts), ("AWS_EC2_METADATA_DISABLED", "true")):
            monkeypatch.setenv(name, str(value))

    def add(self, name: str, **settings: str) -> None:
        """Have a profile with these settings."""
        lines = [f"[profile {name}]", *(f"{key} = {value}" for key, value in settings.items())]
        with self.config.open("a") as config:
            config.write("\n".join(lines) + "\n")

    def add_static(self, name: str, key: str) -> None:
        """Have a profile whose credentials stand in a file and never expire; the file has no others."""
        self.credentials.write_text(f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {SECRET}\n")

    def add_process(self, name: str, key: str, expires_in_s: float | None = 3600) -> None:
        """Have a profile with a credential_process, which answers with this key now."""
        self.answer(name, key, expires_in_s)
        code = self.folder / "answer.py"
        code.write_text("import sys\nprint(open(sys.argv[1]).read())\n")
        self.add(name, credential_process=f"{sys.executable} {code} {self.folder / name}.json")

    def answer(self, name: str, key: str, expires_in_s: float | None = 3600) -> None:
        """Have that process answer so from now on."""
        answer = {"Version": 1, "AccessKeyId": key, "SecretAccessKey": SECRET, "SessionToken": TOKEN}
        if expires_in_s is not None:
            answer["Expiration"] = datetime.fromtimestamp(time.time() + expires_in_s, UTC).isoformat()
        (self.folder / f"{name}.json").write_text(json.dumps(answer))


class ShiftedClock(Clock):
    """This machine's clock as somebody set it: `shift_s` later than it is."""

    def __init__(self) -> None:
        self.shift_s = 0.0
        super().__init__(time.monotonic_ns, lambda: time.time_ns() + round(self.shift_s * 1e9))
