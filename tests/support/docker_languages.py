"""Test images for Ruby and Java: the base image, Debian's interpreter, and a runtime client of our own as /var/runtime.

AWS's clients come from rubygems and Maven Central, which test machines may not reach; so these images say nothing of AWS's
clients, only that the sandbox drives a runtime of that language. Ruby's client is the workbench's own (bootstrap.rb); Java's,
and the handful of AWS's interfaces that handlers implement, are in docker_java. Each image has a recipe of its own: a change to
one builds no other again. Standard library only.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.image_building import (
    base_image,
    derive,
    image_name,
    output,
    present_image,
    recipe_of,
    unpack_packages,
    write_program,
)

JAVA_SOURCES = Path(__file__).parent / "docker_java"
RUBY_CLIENT = Path(__file__).parents[2] / "workbench/runtimes/bootstraps/bootstrap.rb"
JAVA = "/usr/lib/jvm/default-java/bin/java"
JAVA_COMPILER = (JAVA, "-m", "jdk.compiler/com.sun.tools.javac.Main")
"""Debian's runtime has the compiler's module in it, only not its program."""

_RUBY_BOOTSTRAP = """#!/bin/sh
version=$(/usr/bin/ruby -e 'print RbConfig::CONFIG["ruby_version"]')
export GEM_PATH=${GEM_PATH:-/var/task/vendor/bundle/ruby/$version:/opt/ruby/gems/$version}
export RUBYLIB=${RUBYLIB:-/var/task:/var/runtime/lib:/opt/ruby/lib}
exec ${AWS_LAMBDA_EXEC_WRAPPER:-} /usr/bin/ruby /var/runtime/bootstrap.rb
"""

_JAVA_BOOTSTRAP = f"""#!/bin/sh
path='/var/runtime/lib:/var/task:/var/task/lib/*:/opt/java/lib/*'
exec ${{AWS_LAMBDA_EXEC_WRAPPER:-}} {JAVA} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$path" \\
  workbench.test.RuntimeClient "$_HANDLER"
"""


@dataclass(frozen=True)
class Language:
    """An image to build. `sources` are the files of /var/runtime; `command` is run in the image at last.

    `version` asks the unpacked packages for the tag.
    """

    family: str
    packages: tuple[str, ...]
    bootstrap: str
    sources: Callable[[], dict[str, Path]]
    version: Callable[[Path], str]
    command: tuple[str, ...] = ("/bin/true",)

    def recipe(self, base_recipe: str) -> str:
        """Changes with all that this image is made of."""
        parts: list[str | bytes] = [base_recipe, *self.packages, self.bootstrap, *self.command]
        for name, path in sorted(self.sources().items()):
            parts += [name, path.read_bytes()]
        return recipe_of(*parts)

    def build(self, base_recipe: str, work: Path) -> str:
        """Returns the image's name. Raises CalledProcessError."""
        base, recipe = base_image(base_recipe), self.recipe(base_recipe)
        root, runtime = unpack_packages(base, self.packages, work), work / "runtime"
        for name, source in self.sources().items():
            (runtime / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, runtime / name)
        write_program(runtime / "bootstrap", self.bootstrap)
        name = image_name(self.family, self.version(root), recipe)
        return derive(base, name, recipe, {root: "/", runtime: "/var/runtime"}, self.command)


def build_languages(base_recipe: str) -> None:
    """Build those that are missing; some 20 s for both. Raises CalledProcessError."""
    for language in LANGUAGES:
        if present_image(language.recipe(base_recipe)) is None:
            with tempfile.TemporaryDirectory(prefix=f"workbench-{language.family}-") as work:
                language.build(base_recipe, Path(work))


def present_languages(base_recipe: str) -> dict[str, str]:
    """The images that are here: {"ruby": "workbench-test/ruby:3.1-…", …}."""
    names = {language.family: present_image(language.recipe(base_recipe)) for language in LANGUAGES}
    return {family: name for family, name in names.items() if name is not None}


def compile_java(image: str, folder: Path) -> None:
    """Compile the .java files of a folder in place, in the image. Raises CalledProcessError."""
    sources = [f"/var/task/{path.relative_to(folder)}" for path in sorted(folder.rglob("*.java"))]
    output("docker", "run", "--rm", "--network", "none", "-v", f"{folder}:/var/task", "--entrypoint", JAVA, image,
           *JAVA_COMPILER[1:], "-cp", "/var/runtime/lib", "-d", "/var/task", *sources)


def _java_sources() -> dict[str, Path]:
    return {f"lib/{path.relative_to(JAVA_SOURCES)}": path for path in sorted(JAVA_SOURCES.rglob("*.java"))}


def _java_version(root: Path) -> str:
    """/usr/lib/jvm/default-java is a link to java-1.17.0-openjdk-amd64."""
    return (root / "usr/lib/jvm/default-java").readlink().name.split(".")[1]


def _ruby_version(root: Path) -> str:
    return (root / "usr/bin/ruby").readlink().name.removeprefix("ruby")


LANGUAGES = (
    Language(
        family="ruby", packages=("ruby",), bootstrap=_RUBY_BOOTSTRAP, version=_ruby_version,
        sources=lambda: {"bootstrap.rb": RUBY_CLIENT},
    ),
    Language(
        family="java", packages=("default-jre-headless",), bootstrap=_JAVA_BOOTSTRAP, version=_java_version,
        sources=_java_sources,
        command=("/bin/sh", "-c", f"{' '.join(JAVA_COMPILER)} -d /var/runtime/lib $(find /var/runtime/lib -name '*.java')"),
    ),
)
