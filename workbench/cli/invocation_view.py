"""Draw an invocation in the terminal: headline, timeline, response, log, cost."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from workbench.model.function import FunctionConfiguration
from workbench.model.prices import format_usd
from workbench.model.refusals import command_options
from workbench.state.answers import pretty_json
from workbench.state.ending_words import ending_word
from workbench.state.expectations import Verdict
from workbench.state.explanations import explain
from workbench.state.invocation import Invocation

_COLORS = {
    "createSandbox": "cyan", "startSandbox": "dark_cyan", "init": "yellow", "runtimeInit": "magenta", "functionInit": "yellow",
    "extensionInit": "grey50", "restore": "medium_purple", "thaw": "dark_cyan", "invoke": "green", "runtimeOverhead": "grey50",
}
_MARKS = {"succeeded": ("✓", "green"), "canceled": ("■", "dim")}
_BAR_WIDTH = 48


class InvocationView:
    """One finished invocation. `function` is its configuration, used to explain a failure; None if it is not known."""

    def __init__(
        self, invocation: Invocation, function: FunctionConfiguration | None = None, console: Console | None = None
    ) -> None:
        self._invocation = invocation
        self._function = function
        self._console = console or Console(highlight=False, soft_wrap=True)

    def print(self, verdict: Verdict | None = None) -> None:
        """Print it to the console. `verdict`: how its answer compares with what its event expects."""
        self._headline()
        self._timeline()
        self._answer()
        self._verdict(verdict)
        self._explanation()
        for line in self._invocation.log_lines():
            self._console.print(Text(line, "dim" if _is_platform(line) else ""))
        self._limits()
        self._console.print()

    def _headline(self) -> None:
        invocation, metrics = self._invocation, self._invocation.metrics
        word = ending_word(invocation.status, was_canceled=invocation.was_cancelled)
        mark, color = _MARKS.get(word, ("✗", "red"))
        status = (f"{mark} {word.capitalize()}", f"bold {color}")
        headline = Text.assemble(status, f"  {invocation.function_name} · {invocation.start} start")
        if invocation.startup is not None and invocation.startup.made_ahead_ms is not None:
            headline.append(f" · sandbox prepared ahead in {invocation.startup.made_ahead_ms:,.0f} ms")
        if metrics is not None:
            headline.append(f" · {metrics.duration_ms:.2f} ms · billed {metrics.billed_duration_ms} ms")
            headline.append(f" · {metrics.max_memory_used_mb}/{metrics.memory_size_mb} MB")
        if invocation.cost is not None:
            headline.append(f" · {format_usd(invocation.cost.usd)}")
        self._console.print(headline)

    def _timeline(self) -> None:
        phases = self._invocation.phases
        if not phases:
            return
        start_ms = min(phase.start_ms for phase in phases)
        span_ms = max(max(phase.end_ms for phase in phases) - start_ms, 0.001)
        for phase in phases:
            before = round((phase.start_ms - start_ms) / span_ms * _BAR_WIDTH)
            width = max(1, round(phase.duration_ms / span_ms * _BAR_WIDTH))
            bar = Text(" " * before) + Text("█" * width, _COLORS.get(phase.name, "white"))
            bar.pad_right(max(0, _BAR_WIDTH + 1 - len(bar)))
            self._console.print(Text(f"  {phase.name:<16}") + bar + Text(f"{phase.duration_ms:9.2f} ms"))

    def _limits(self) -> None:
        """After a cold start, list the limits of Lambda that this sandbox does not enforce."""
        startup = self._invocation.startup
        if startup is None or not startup.not_enforced:
            return
        self._console.print(Text("Not enforced here:", "dim"))
        for sentence in startup.not_enforced:
            self._console.print(Text(f"  · {sentence}", "dim"))

    def _verdict(self, verdict: Verdict | None) -> None:
        if verdict is not None:
            mark, color = ("✓ The result is", "green") if verdict.is_met else ("✗ The result is", "red")
            self._console.print(Text(f"{mark} {verdict.text}", color))
            for each in verdict.differences:
                self._console.print(Text(f"  {each}", color))

    def _explanation(self) -> None:
        """Print what a failure means, what to change, and the command that would allow what was refused."""
        if text := explain(self._invocation, self._function):
            self._console.print(Padding(Text(text, "yellow"), (0, 0, 0, 2)), soft_wrap=False)
        refusal = self._invocation.refusal
        if refusal is not None and refusal.cure is not None:
            command = f"workbench allow {self._invocation.function_name} {command_options(refusal.cure)}"
            self._console.print(Text(f"  {command}", "yellow bold"))

    def _answer(self) -> None:
        self._console.print(Text(pretty_json(self._invocation.payload), "red" if self._invocation.function_error else ""))


def _is_platform(line: str) -> bool:
    return line.startswith(("INIT_START", "START ", "END ", "REPORT ", "INIT_REPORT"))
