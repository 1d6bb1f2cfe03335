"""The properties of a function: which take effect here, which only on Lambda, which do not exist.

Source of the names: SAM guide, "AWS::Serverless::Function"; CloudFormation template reference, "AWS::Lambda::Function".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.workspace.functions.properties import PLAIN_LAMBDA, SERVERLESS

IN_EFFECT = frozenset({
    "Architectures", "AutoPublishAlias", "DeadLetterConfig", "DeadLetterQueue", "Description", "DurableConfig", "Environment",
    "EphemeralStorage", "EventInvokeConfig", "FileSystemConfigs", "FunctionName", "FunctionUrlConfig", "Handler", "ImageConfig",
    "Layers", "LoggingConfig", "MemorySize", "PackageType", "ProvisionedConcurrencyConfig", "RecursiveLoop",
    "ReservedConcurrentExecutions", "Runtime", "Tags", "TenancyConfig", "Timeout", "VersionDescription",
})
_CODE = {SERVERLESS: frozenset({"CodeUri", "ImageUri", "InlineCode"}), PLAIN_LAMBDA: frozenset({"Code"})}

WITHOUT_EFFECT = {
    "CapacityProviderConfig": "Runs on this machine, not on instances of a capacity provider.",
    "DeploymentPreference": "Nothing is deployed, so no traffic is shifted.",
    "Events": "No event source invokes the function: you send events yourself.",
    "FunctionScalingConfig": "It does not limit the number of environments.",
    "KmsKeyArn": "Environment variables are not encrypted, and no permission to decrypt them is needed.",
    "PublishToLatestPublished": "No version is published: $LATEST runs.",
    "RuntimeManagementConfig": "The runtime is the one of this machine or its image.",
    "SnapStart": "No snapshot is made for this runtime: every environment runs INIT, and no hook runs.",
    "Tracing": "No traces are sent to X-Ray; the trace header is there, but not sampled.",
    "TracingConfig": "No traces are sent to X-Ray; the trace header is there, but not sampled.",
    "VpcConfig": "The function has this machine's network, not that of a VPC.",
}
"""Properties that change a function's behavior on Lambda but not here, and what the difference is."""

NOT_OF_IMAGES = {
    "Handler": "The image's command or ImageConfig.Command names the handler",
    "Layers": "Files of layers have to be copied into the image",
    "Runtime": "The image contains the runtime",
}
"""Properties that a function with a container image cannot have, and what takes their place. Source: aws-sam-translator and
Lambda's CreateFunction, which refuse these."""

UNTOLD = {
    "AssumeRolePolicyDocument": "Permissions: AWS checks them if the person chose real credentials, and nobody does if not.",
    "PermissionsBoundary": "Permissions, see above.",
    "Policies": "Permissions, see above; nearly every function has some.",
    "Role": "Permissions, see above.",
    "RolePath": "Permissions, see above.",
    "AutoPublishAliasAllProperties": "Every change of the function is followed here.",
    "AutoPublishCodeSha256": "The state of the files themselves decides here.",
    "CodeSigningConfigArn": "Checked when a package is uploaded; a function that runs does not notice.",
    "PropagateTags": "Tags are labels; a function does not see them.",
    "SourceKMSKeyArn": "Encrypts the uploaded package; a function does not notice.",
    "VersionDeletionPolicy": "Old versions stay here; deleting the function deletes them.",
}
"""Properties that have no effect here either, but are not reported because no running function could notice; with the reason."""


def without_effect(
    kind: str, properties: Iterable[Any], *, is_image: bool = False, is_restored: bool = False
) -> tuple[str, ...]:
    """Return the set properties to report, in order: those without effect here and those that do not exist.

    `is_restored`: its published versions are restored from a snapshot here.
    """
    silent = (IN_EFFECT | _CODE[kind] | UNTOLD.keys()) - (NOT_OF_IMAGES.keys() if is_image else set())
    silent |= {"SnapStart"} if is_restored else set()
    return tuple(dict.fromkeys(str(name) for name in properties if name not in silent))


def explanation(name: str) -> str:
    """Return one sentence on a name that `without_effect` returned."""
    known = WITHOUT_EFFECT.get(name)
    if known is not None:
        return known
    if name in NOT_OF_IMAGES:
        return f"{NOT_OF_IMAGES[name]}: deploying the template would fail."
    import difflib

    near = difflib.get_close_matches(name, [*IN_EFFECT, *_CODE[SERVERLESS], "Code", *WITHOUT_EFFECT, *UNTOLD], n=1)
    meant = f" (is {near[0]} meant?)" if near and near[0] != name else ""
    return f"A function of this type has no such property{meant}: deploying the template would fail."
