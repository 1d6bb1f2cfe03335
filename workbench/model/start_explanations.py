"""Explanations for a runtime that could not be started: its bootstrap file, or what an image and its ImageConfig name."""

from __future__ import annotations

from workbench.model.limit_explanations import Failure


def invalid_entrypoint(failure: Failure) -> str:
    """Explain an unusable bootstrap file (OS-only runtime) or entry point (image)."""
    return _of_bootstrap(failure) if failure.runtime else _of_image(failure)


def _of_bootstrap(failure: Failure) -> str:
    if failure.found(r"permission denied"):
        return "The bootstrap file is there but not executable. Set its executable bit (chmod +x bootstrap) before packing it."
    if failure.found(r"exec format error"):
        return ("The bootstrap file is not a program for this processor. Build it for Linux and the function's architecture; "
                "a script needs #! and its interpreter as the first line.")
    if failure.found(r"no such file or directory"):
        return ("The bootstrap file is there, but something it needs to start is not: the interpreter that its first line (#!) "
                "names (also if that line ends in CR LF, as on Windows), or the C library that it was linked with. "
                "Save the script with LF line endings, or link the program statically.")
    return ("There is no program to start: an OS-only runtime needs an executable file called bootstrap in the code folder "
            "or a layer. Build your program under that name.")


def _of_image(failure: Failure) -> str:
    if failure.found(r"permission denied"):
        return ("The image's entry point is there, but Lambda's user, which is not root, may not execute it or enter its "
                "folder. Set its permissions in the Dockerfile (chmod 755), and keep it out of /root.")
    if failure.found(r"exec format error"):
        return ("The image's entry point is not a program for the image's processor. Build the image for the function's "
                "architecture (docker build --platform); a script needs #! and its interpreter as the first line.")
    if failure.found(r"no such file or directory"):
        return ("The image's entry point, or something it needs to start, is not in the image: the interpreter that its first "
                "line (#!) names (also if that line ends in CR LF, as on Windows), or the C library that it was linked with. "
                "Correct EntryPoint (the handler belongs in Command, not there), or the image.")
    if found := failure.found(r'exec: "(.*)": executable file not found'):
        return (f"The entry point {found[1]} is not a program in the image's PATH. Correct EntryPoint, or ENTRYPOINT and CMD in "
                "the Dockerfile; with an AWS base image, put only the handler into Command.")
    if failure.found(r"not a directory"):
        return "The working directory set for the image is a file. Set WorkingDirectory to a directory."
    return ("The image names no program that can be started. Set ENTRYPOINT in the Dockerfile, or EntryPoint in ImageConfig.")


def invalid_working_directory(failure: Failure) -> str:
    """Explain a working directory in which the runtime cannot be started."""
    if failure.found(r"needs to be an absolute path"):
        return "The working directory set for the image does not begin with /. Set WorkingDirectory to an absolute path."
    return ("The working directory set for the image does not exist in it, and Lambda does not create it. "
            "Correct WorkingDirectory, or create the directory in the Dockerfile (WORKDIR does).")


def invalid_task(_: Failure) -> str:
    """Explain any other ImageConfig that cannot be used."""
    return "The settings of the container image (entry point, command, working directory) cannot be used. Check ImageConfig."
