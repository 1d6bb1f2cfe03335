"""Why a runtime could not be started: its bootstrap, or what a container image and its ImageConfig name."""

from __future__ import annotations

from workbench.model.limit_explanations import Failure


def invalid_entrypoint(failure: Failure) -> str:
    """Of an OS-only runtime the bootstrap file, of an image its entry point."""
    return _of_bootstrap(failure) if failure.runtime else _of_image(failure)


def _of_bootstrap(failure: Failure) -> str:
    if failure.found(r"permission denied"):
        return "The bootstrap file is there but not executable. Set its executable bit (chmod +x bootstrap) before packing it."
    if failure.found(r"exec format error"):
        return ("The bootstrap file is no program for this processor. Build it for the function's architecture, for Linux; "
                "a script needs #! and its interpreter as the first line.")
    if failure.found(r"no such file or directory"):
        return ("The bootstrap file is there, but what it needs to start is not: the interpreter that its first line (#!) names, "
                "also when that line ends in CR LF as on Windows, or the C library that it was linked with. "
                "Save it with LF, or link it statically.")
    return ("There is no program to start: an OS-only runtime needs an executable file called bootstrap in the code folder "
            "or a layer. Build your program under that name.")


def _of_image(failure: Failure) -> str:
    if failure.found(r"permission denied"):
        return ("The image's entry point is there, but Lambda's user, who is not root, may not execute it or enter its "
                "folder. Set its permissions in the Dockerfile (chmod 755), and keep it out of /root.")
    if failure.found(r"exec format error"):
        return ("The image's entry point is no program for the image's processor. Build the image for the function's "
                "architecture (docker build --platform); a script needs #! and its interpreter as the first line.")
    if failure.found(r"no such file or directory"):
        return ("The image's entry point is not in the image, or what it needs to start is not: the interpreter that its first "
                "line (#!) names, also when that line ends in CR LF as on Windows, or the C library that it was linked with. "
                "Correct EntryPoint, which is not the handler (that is Command), or the image.")
    if found := failure.found(r'exec: "(.*)": executable file not found'):
        return (f"The entry point {found[1]} is no program in the image's PATH. Correct EntryPoint, or the ENTRYPOINT and CMD of "
                "the Dockerfile; with a base image of AWS, the handler belongs into Command alone.")
    if failure.found(r"not a directory"):
        return "The working directory set for the image is a file there. Name a directory as WorkingDirectory."
    return ("The image names no program that can be started. Set ENTRYPOINT in the Dockerfile, or EntryPoint in ImageConfig.")


def invalid_working_directory(failure: Failure) -> str:
    """Where the runtime should start."""
    if failure.found(r"needs to be an absolute path"):
        return "The working directory set for the image does not begin with /. Set WorkingDirectory to a whole path in the image."
    return ("The working directory set for the image does not exist in it, and Lambda does not make it. "
            "Correct WorkingDirectory, or make the directory in the Dockerfile (WORKDIR does).")


def invalid_task(_: Failure) -> str:
    """Anything else of ImageConfig."""
    return "The settings of the container image (entry point, command, working directory) cannot be used. Check ImageConfig."
