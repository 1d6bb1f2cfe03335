"""What a person should know about a function in a container here: shown once as a notice, or listed as not enforced."""

from __future__ import annotations

from workbench.model.function import FunctionConfiguration, vcpus
from workbench.sandbox.docker.bridge import steady_bridge
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.images import ImageFacts
from workbench.sandbox.file_systems import container_notices

_OF_EXTENSIONS = "An external extension has a container beside the function's and the memory size for itself."
_NO_EXTENSIONS = "External extensions are not started: this engine's containers have no address that the extensions could share."
_TMP_IS_MEMORY = (
    "Files in /tmp are in memory here, so the memory size is sampled, not held by the kernel: ten times a second (once, where "
    "the engine is in a virtual machine) it is looked at, and a function that takes more is killed then."
)
_TMP_IS_LOST = (
    "Files in /tmp are lost with a timeout or a crash: keeping them takes an image with a shell and an engine that has volumes "
    "in memory."
)

_NO_SHELL = (
    "The image has no /bin/sh, so the variables HOME and HOSTNAME are set that the container engine sets and Lambda does not."
)
_UNSTEADY_BRIDGE = (
    "Invocations may stand still for some seconds when other containers start or stop: this Podman's bridge changes its hardware "
    "address then. Newer versions of Podman's netavark do not; or the workbench sees to it when it runs as root."
)


def notices_of(function: FunctionConfiguration, image: ImageFacts, engine: EngineInfo) -> tuple[str, ...]:
    """The notices to show before the first run. Blocking: it looks at file systems. Raises SandboxError."""
    sentences: list[str] = []
    sentences += container_notices(function, checks_owner=engine.shares_kernel and not engine.rootless)
    if not steady_bridge(engine):
        sentences.append(_UNSTEADY_BRIDGE)
    if image.architecture != function.architecture:
        sentences.append(f"The function asks for {function.architecture}, the image {image.name} is {image.architecture}.")
    elif image.architecture != engine.architecture:
        sentences.append(f"{image.architecture} is emulated on this {engine.architecture} machine: times are not comparable.")
    return tuple(sentences)


def not_enforced(
    function: FunctionConfiguration, engine: EngineInfo, *, keeps_tmp: bool, is_tmp_memory: bool, has_extensions: bool,
    has_shell: bool,
) -> tuple[str, ...]:
    """What this sandbox cannot enforce. `keeps_tmp`: /tmp survives a reset; `is_tmp_memory`: there is no disk for /tmp."""
    sentences = [_TMP_IS_MEMORY] if is_tmp_memory else []
    if not keeps_tmp:
        sentences.append(_TMP_IS_LOST)
    if vcpus(function.memory_mb) > engine.cpus:
        share = vcpus(function.memory_mb)
        sentences.append(f"{function.memory_mb} MB stand for {share:.1f} vCPUs; {engine.product} has {engine.cpus} here.")
    if not has_shell:
        sentences.append(_NO_SHELL)
    if has_extensions:
        sentences.append(_OF_EXTENSIONS if engine.bridge_address else _NO_EXTENSIONS)
    return tuple(sentences)
