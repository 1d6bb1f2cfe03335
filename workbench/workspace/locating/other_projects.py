"""Recognizes other kinds of projects in a folder without a template, and names the command that creates a template."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from workbench.model.failures import WorkspaceError


class Kind(msgspec.Struct, frozen=True):
    """A kind of project: the files it is recognized by, its name, and how to get a template."""

    files: tuple[str, ...]
    name: str
    advice: str


_KINDS = (
    Kind(("cdk.json",), "an AWS CDK project that has not been synthesized",
         "Run cdk synth: it writes cdk.out, which opens here."),
    Kind(("serverless.yml", "serverless.yaml", "serverless.ts", "serverless.js", "serverless.json"),
         "a project of the Serverless Framework", "Run serverless package: it writes .serverless, which opens here."),
    Kind(("sst.config.ts", "sst.config.js", "sst.json"), "an SST project",
         "SST deploys without a CloudFormation template; write a template.yaml that names its handlers to run them here."),
    Kind(("Pulumi.yaml", "Pulumi.yml"), "a Pulumi project",
         "Pulumi deploys without a CloudFormation template; write a template.yaml that names its handlers to run them here."),
    Kind((".chalice",), "an AWS Chalice project", "Run chalice package out, and open the folder out."),
    Kind(("app.arc", ".arc", "arc.json", "arc.yaml"), "an Architect project",
         "Run arc deploy --dry-run: it writes sam.json, which opens here."),
    Kind(("amplify",), "an AWS Amplify project",
         "Open a function's own folder, amplify/backend/function/NAME, with -t NAME-cloudformation-template.json."),
    Kind(("zappa_settings.json", "zappa_settings.toml"), "a Zappa project",
         "Zappa deploys without a SAM template; write a template.yaml that names its handler to run it here."),
)
_TERRAFORM = Kind(("*.tf",), "a Terraform project",
                  "Terraform deploys without a CloudFormation template. Where SAM CLI's Terraform support is set up, "
                  "sam build --hook-name terraform writes .aws-sam/build/template.yaml, which opens with -t.")


class NoTemplate(WorkspaceError):
    """The folder has no template: nothing in it is a function, though the API can still make functions in its workspace."""


def no_template(root: Path) -> NoTemplate:
    """Return the error for a folder without a template, depending on the kind of project in it. Blocks."""
    kind = kind_of(root)
    if kind is not None:
        return NoTemplate(f"The folder {root} has no SAM template: it is {kind.name}.", kind.advice)
    return NoTemplate(f"The folder {root} has no template.yaml.",
                      "Choose the folder of a SAM application, name a template (-t), or create a new workspace there.")


def kind_of(root: Path) -> Kind | None:
    """Return the kind of project without a SAM template that a folder holds; None if it is not known. Blocks."""
    names = _names(root)
    kind = next((kind for kind in _KINDS if not names.isdisjoint(kind.files)), None)
    return _TERRAFORM if kind is None and any(name.endswith((".tf", ".tf.json")) for name in names) else kind


def _names(root: Path) -> set[str]:
    try:
        return set(os.listdir(root))
    except OSError:
        return set()
