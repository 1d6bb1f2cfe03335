"""The AWS SDK that Node.js runtimes bring: what of it a function names, and that it is installed as it was on a day."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.packages.functions import Steps, function, write_files
from tests.unit.packages.test_runtime_sdks import own_file
from workbench.packages.cancellation import never
from workbench.packages.node_sdk import named_packages
from workbench.packages.package import BuiltPackage, Packages
from workbench.packages.runtime_sdk import RuntimeSdk, find_sdk
from workbench.packages.targets import Target
from workbench.runtimes.catalogue import known_runtimes

V3 = ("@aws-sdk", "@smithy")
NODE = shutil.which("node") or ""
SMALL = RuntimeSdk(runtimes=("nodejs22.x",), manager="npm", packages=("isarray@<=2.0.4", "@types/ms@<=0.7.34"),
                   modules=("isarray", "@types", "@sindresorhus/is@0.7.0"), date="2026-11-29", source="")


def test_every_node_runtime_that_can_run_here_brings_its_sdk() -> None:
    for runtime in known_runtimes():
        if runtime.family == "node" and int(runtime.version.split(".")[0]) >= 12:
            sdk = find_sdk(runtime.identifier)
            assert sdk is not None, runtime.identifier
            assert sdk.modules[:2] == (V3 if int(runtime.version) >= 18 else ("aws-sdk",))
            assert sdk.title.startswith("the AWS SDK for JavaScript ")
            assert ("@aws-crypto" in sdk.modules) == (runtime.version in ("18", "20"))  # later releases do without it


@pytest.mark.parametrize(("files", "named"), [
    ({"a.js": "const { S3 } = require('@aws-sdk/client-s3')"}, ("@aws-sdk/client-s3",)),
    ({"a.mjs": 'import x from "@aws-sdk/util-dynamodb/dist"; await import(`@smithy/types`)'},
     ("@aws-sdk/util-dynamodb", "@smithy/types")),
    ({"deep/a.cjs": "for (const m of ['@aws-sdk/client-sqs'])"}, ("@aws-sdk/client-sqs",)),
    ({"a.ts": "import '@aws-sdk/client-s3'", "b.d.ts": "import '@aws-sdk/client-sns'"}, ("@aws-sdk/client-s3",)),
    ({"node_modules/tool/index.js": "require('@aws-sdk/client-ssm')"}, ("@aws-sdk/client-ssm",)),
    ({"node_modules/@a/tool/package.json": '{"peerDependencies": {"@aws-sdk/client-ssm": "3"}}',
      "node_modules/@a/tool/lib/index.js": "require('@aws-sdk/client-ssm')",
      "node_modules/other/package.json": "{}", "node_modules/other/test/mock.js": "'@aws-sdk/client-sns'",
      "node_modules/other/node_modules/deep/index.js": "'@aws-sdk/client-sqs'"}, ("@aws-sdk/client-sqs", "@aws-sdk/client-ssm")),
    ({"a.js": "require('@aws-sdk/client-s3')", "node_modules/@aws-sdk/client-s3/index.js": "require('@aws-sdk/core')"}, ()),
    ({"a.js": "require('@aws/durable'); require('@aws/other')"}, ("@aws/durable",)),
    ({"a.js": "require('@aws/durable')", "node_modules/@aws/durable/index.js": ""}, ()),
    ({"a.js": "throw Error('install @aws-sdk/client-s3'); '@aws-sdk/client-' + name"}, ()),
    ({"package.json": '{"dependencies": {"@aws-sdk/client-s3": "3"}}', ".git/a.js": "'@aws-sdk/client-s3'"}, ()),
])
def test_what_is_named_in_quotes_and_not_brought(tmp_path: Path, files: dict[str, str], named: tuple[str, ...]) -> None:
    assert named_packages((*V3, "@aws/durable@2.4.0"), [write_files(tmp_path, files)], never) == named


def test_layers_name_and_bring_as_code_does(tmp_path: Path) -> None:
    code = write_files(tmp_path / "code", {"a.js": "require('aws-sdk/clients/s3')"})
    layer = write_files(tmp_path / "layer", {"nodejs/node_modules/aws-sdk/index.js": ""})
    assert named_packages(("aws-sdk",), [code], never) == ("aws-sdk",)
    assert named_packages(("aws-sdk",), [code, layer], never) == ()


async def prepare(folder: Path, code: str, variables: dict[str, str] | None = None) -> tuple[BuiltPackage, Steps]:
    steps = Steps()
    packages = Packages(folder / "cache", variables=variables, own_sdks=own_file(folder, SMALL))
    sources = write_files(folder / "code", {"index.js": code})
    target = Target(sandbox="process", interpreter=NODE, trusted=True)
    return await packages.prepare(function(sources, runtime="nodejs22.x"), target, steps), steps


def version(modules: Path, name: str) -> str:
    return str(json.loads((modules / name / "package.json").read_bytes())["version"])


@pytest.mark.skipif(not NODE, reason="Node.js is not installed")
async def test_what_is_named_is_installed_once_in_the_versions_of_its_scope(tmp_path: Path) -> None:
    package, steps = await prepare(tmp_path, "require('@types/estree'); require('@sindresorhus/is')")
    modules = Path(package.runtime_path, "node_modules")
    assert [version(modules, name) for name in ("isarray", "@types/ms")] == ["2.0.4", "0.7.34"]
    assert version(modules, "@types/estree").startswith("0.")  # there are 1.0 and more
    assert version(modules, "@sindresorhus/is") == "0.7.0"
    assert steps.texts.startswith("Installing what hello names of the AWS SDK for JavaScript 2.0.4 with npm")
    again, steps = await prepare(tmp_path, "require('@types/estree'); require('@sindresorhus/is') // again")
    assert (again.runtime_path, steps.all, again.notices) == (package.runtime_path, [], ())


@pytest.mark.skipif(not NODE, reason="Node.js is not installed")
async def test_a_name_that_is_no_package_stops_nothing(tmp_path: Path) -> None:
    package, _ = await prepare(tmp_path, "['isarray', '@types/there-is-no-such-package-of-types']")
    assert Path(package.runtime_path, "node_modules/isarray").is_dir()
    assert package.notices == ("The code names @types/there-is-no-such-package-of-types, which the AWS SDK for JavaScript "
                               "2.0.4 does not have.",)


@pytest.mark.skipif(not NODE, reason="Node.js is not installed")
async def test_without_a_network_the_function_runs_and_it_is_said(tmp_path: Path) -> None:
    variables = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_cache": str(tmp_path / "npm"), "PATH": ""}
    package, _ = await prepare(tmp_path, "require('isarray')", variables)
    assert package.runtime_path == ""
    assert package.retry_after_s is not None
    (notice,) = package.notices
    assert notice.startswith("npm could not install what hello names of the AWS SDK for JavaScript 2.0.4 (exit status ")
    assert "On Lambda the runtime includes it; here hello runs without it" in notice
