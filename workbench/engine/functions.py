"""The functions of the workspace: read again on every change, compared by configuration and by the state of their code."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from workbench.engine.code_elsewhere import CodeBeside, CodeElsewhere, PlacesBeside
from workbench.engine.code_state import BesideCode, places_of, places_outside, state_of
from workbench.model.declarations import Declarations
from workbench.model.failures import ServiceError, WorkbenchError, WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import Scope
from workbench.model.left_out import NEVER_CODE, LeftOut
from workbench.model.limits import check_environment
from workbench.packages.cancellation import CheckPoint, in_thread
from workbench.workspace.declared.reading import read_declarations
from workbench.workspace.function_reader import Remarks
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.locating.options import Options
from workbench.workspace.locating.other_projects import NoTemplate
from workbench.workspace.workspace import Workspace

_EVENTS = "events"
_log = logging.getLogger(__name__)
_SAVING_S, _MOST_LOOKS = 0.05, 6
"""How long a template stays empty while it is saved, at most, as a number of pauses; then it is believed."""

_PACKAGES = LeftOut(NEVER_CODE.names | {"node_modules"}, environments=True)
"""What does not count in places beside the code: installed packages, which a build makes anew, and virtual environments."""

InForce = Callable[["FunctionRevision"], "FunctionRevision | None"]
"""Returns a function of the template as it is in force, with what the API overrode; None if the API deleted it."""


class FunctionRevision(msgspec.Struct, frozen=True, dict=True):
    """A function and the state of its code. Equal revisions behave the same. The fingerprint is a SHA-256 in hex."""

    configuration: FunctionConfiguration
    code_fingerprint: str
    code_size_bytes: int
    modified_ns: int

    @functools.cached_property  # every invocation asks
    def is_sound(self) -> bool:
        """Whether Lambda would have created such a function, so that it can be invoked."""
        return not self.configuration.problems and check_environment(self.configuration.environment) is None


class _Read(msgspec.Struct, frozen=True):
    """What the templates say."""

    functions: tuple[FunctionConfiguration, ...]
    beside: BesideCode
    remarks: Remarks
    declarations: Declarations
    is_emptied: bool


class FunctionStore:
    """The functions that can be invoked now. Use it on the engine's loop; the disk is read in a thread."""

    def __init__(self, root: Path, pseudo: Callable[[], PseudoParameters], options: Options | None = None,
                 elsewhere: CodeElsewhere | None = None, in_force: InForce | None = None) -> None:
        self._root = root
        self._options = options or Options()
        self._pseudo = pseudo
        self._elsewhere = elsewhere or CodeBeside(lambda _: ())
        self._in_force = in_force or (lambda revision: revision)
        self._revisions: dict[str, FunctionRevision] = {}
        self._by_logical_id: dict[str, FunctionRevision] = {}
        self._scope_of: tuple[PseudoParameters | None, Scope] = None, Scope("", "")
        self._refreshing = asyncio.Lock()
        self.problem = ""
        """Why the workspace cannot be read, and what to do; "" if it can. Its last good state stays in use meanwhile."""
        self.has_no_template = False
        """Whether that is the problem: then no function is unknown because of it."""
        self.remarks = Remarks((), {})
        self.declarations = Declarations()
        """What the template declares beside functions, as it was read last."""
        self.outside: frozenset[Path] = frozenset()
        """Where functions have code and layers outside of the workspace's folder."""

    def get(self, name: str) -> FunctionRevision | None:
        """Return the function of this name, or None."""
        written = self._revisions.get(name)
        return None if written is None else self._in_force(written)

    def find(self, name: str) -> FunctionRevision | None:
        """Return the function of this name, otherwise of this logical ID, or None. SAM CLI's local Lambda accepts both."""
        written = self.written(name)
        return None if written is None else self._in_force(written)

    def written(self, name: str) -> FunctionRevision | None:
        """Return the same as the template has it, without what the API overrode."""
        return self._revisions.get(name) or self._by_logical_id.get(name)

    def require(self, name: str, qualifier: str = "") -> FunctionRevision:
        """Return the function of this name or logical ID.

        `qualifier` is the qualifier in the ARN of the error message, "" for none. Raises ServiceError with Lambda's message, and
        with the reason why this workspace has no such function as the hint.
        """
        revision = self.find(name)
        if revision is None:
            arn = self.arn(name) + (f":{qualifier}" if qualifier else "")
            raise ServiceError("ResourceNotFoundException", 404, f"Function not found: {arn}", hint=self.why_missing(name))
        return revision

    def arn(self, name: str) -> str:
        """Return the unqualified ARN of a function of this name, whether it exists or not."""
        return self.scope.function_arn(name)

    @property
    def scope(self) -> Scope:
        """The Region and account in which the template's functions live: the workspace's."""
        pseudo = self._pseudo()
        if pseudo is not self._scope_of[0]:  # every invocation asks several times
            self._scope_of = pseudo, Scope(pseudo.region, pseudo.account_id)
        return self._scope_of[1]

    def why_missing(self, name: str) -> str:
        """Say why there is no function of this name, and which there are."""
        if self.problem:
            return self.problem
        condition = self.remarks.absent.get(name)
        if condition:
            return f"The template has it, but its condition {condition} is false, so CloudFormation would not create it."
        sharing = [function.name for function in self.all() if function.shared_name == name]
        if sharing:
            return f"{' and '.join(sharing)} have the FunctionName {name}: it does not say which is meant. Name one of them."
        names = ", ".join(function.name for function in self.all())
        said = f"This workspace has: {names}." if names else "This workspace has no functions yet."
        return " ".join((said, *self.remarks.warnings))

    def all(self) -> list[FunctionConfiguration]:
        """Return all functions in the order of the template."""
        return [revision.configuration for revision in self.revisions()]

    def revisions(self) -> list[FunctionRevision]:
        """Return the same with the state of their code."""
        return [found for written in self._revisions.values() if (found := self._in_force(written)) is not None]

    def all_written(self) -> list[FunctionRevision]:
        """Return all functions as the template has them, without what the API overrode, and with those that it deleted."""
        return list(self._revisions.values())

    def lacks_code(self, name: str) -> bool:
        """Whether a function has its code in Amazon S3, and it could not be fetched when the workspace was read last."""
        written = self.written(name)
        return written is not None and bool(written.configuration.code_in_s3 and written.configuration.problems)

    async def refresh(self) -> set[str]:
        """Read the workspace again, and return the names of functions that changed, were added or were removed."""
        # One at a time: a slower, older reading must not replace a newer one.
        async with self._refreshing:
            try:
                look = partial(_read, self._root, self._pseudo(), self._options)
                read = await in_thread(partial(_read_again, look) if self._revisions else look)
                functions = await self._elsewhere.fetched(self.scope, read.functions)
                revisions = await in_thread(partial(_revisions, functions, self._elsewhere, read.beside))
                self.outside = await asyncio.to_thread(places_outside, self._root, functions)
                self.remarks, self.declarations = read.remarks, self._elsewhere.declared(read.declarations)
            except WorkspaceError as error:
                # A template that is just being edited is often broken for a moment: the functions stay as they were.
                self.problem, self.has_no_template = str(error), isinstance(error, NoTemplate)
                return set()
            before, self._revisions, self.problem, self.has_no_template = self._revisions, revisions, "", False
            self._by_logical_id = {each.configuration.logical_id: each for each in reversed(revisions.values())}
            return {name for name in before.keys() | revisions.keys() if before.get(name) != revisions.get(name)}


def require_invocable(revision: FunctionRevision) -> FunctionConfiguration:
    """Return the revision's configuration. Raises ServiceError if Lambda would have refused to create such a function."""
    function = revision.configuration
    if revision.is_sound:
        return function
    if function.problems:
        hint = "" if function.code_in_s3 else "Correct it in the template."
        raise ServiceError("InvalidParameterValueException", 400, function.problems[0], hint=hint)
    refused = check_environment(function.environment)
    if refused is not None:
        raise ServiceError(refused.code, 400, refused.message, hint=refused.hint)
    return function


def _read_again(look: Callable[[CheckPoint], _Read], check: CheckPoint) -> _Read:
    """Look again after a while if the template is empty: many programs empty a file first when they save it."""
    read, looks = look(check), 1
    while read.is_emptied and looks < _MOST_LOOKS:
        check()
        time.sleep(_SAVING_S)
        read, looks = look(check), looks + 1
    return read


def _read(root: Path, pseudo: PseudoParameters, options: Options, _: CheckPoint) -> _Read:
    workspace = Workspace.open(root, pseudo, options)
    workspace.hold_templates()
    functions = workspace.functions()
    return _Read(functions, BesideCode(workspace.template_paths(), workspace.root / _EVENTS), workspace.remarks(functions),
                 read_declarations(workspace.stacks(), functions), workspace.is_emptied())


def _revisions(
    functions: Sequence[FunctionConfiguration], elsewhere: CodeElsewhere, beside: BesideCode, check: CheckPoint
) -> dict[str, FunctionRevision]:
    places = {function.name: [*places_of(function), *((place, _PACKAGES) for place in _beside(function, elsewhere.beside))]
              for function in functions}
    # Functions often share code or layers: each place is read once.
    codes = {place: state_of(*place, beside, check) for each in places.values() for place in each}
    return {function.name: _revision(function, [codes[place] for place in places[function.name]]) for function in functions}


def _beside(function: FunctionConfiguration, places_beside: PlacesBeside) -> Sequence[Path]:
    """Return the places beside a function's code. None if they cannot be read: invoking the function tells why."""
    try:
        return places_beside(function)
    except WorkbenchError:
        return ()
    except Exception as error:  # whatever somebody has written into a list must not take the other functions with it
        _log.info("What goes into %s is not known: %s", function.name, type(error).__name__, exc_info=True)
        return ()


def _revision(function: FunctionConfiguration, states: list[tuple[str, int, int]]) -> FunctionRevision:
    if function.image is not None and function.image.build is None:
        return FunctionRevision(function, hashlib.sha256(function.image.uri.encode()).hexdigest(), 0, 0)
    fingerprints = [fingerprint for fingerprint, _, _ in states]
    own = fingerprints[0] if len(fingerprints) == 1 else hashlib.sha256("".join(fingerprints).encode()).hexdigest()
    size_bytes = len(function.inline_code.encode()) if function.inline_code else states[0][1]
    return FunctionRevision(function, own, size_bytes, max((modified_ns for _, _, modified_ns in states), default=0))
