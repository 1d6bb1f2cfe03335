"""One sentence on a cold start: what took longest, in figures measured here, and what can be done about it."""

from __future__ import annotations

from workbench.model.quotas import INIT_LIMIT_S
from workbench.state.imports import dependencies, import_tree, top_costs, total_ms
from workbench.state.invocation import Invocation
from workbench.state.startup import EXTENSION_INIT, SANDBOX_PHASES, Startup

NOTABLE_IMPORT_PERCENT = 20.0
"""An import that takes a smaller share of init is not worth a sentence."""
_NOTABLE_CODE_SHARE = 0.4
_SHORT_INIT_MS = 100.0


def advice(invocation: Invocation) -> str:
    """Return what the figures of a cold start say, "" for a warm one. Nothing in it is estimated."""
    startup = invocation.startup
    if startup is None:
        return ""
    if startup.is_debugged:
        return "A debugger held up this start: its figures, including the price, say nothing about a cold start on Lambda."
    sentence, made_ms = _judgment(invocation, startup), startup.made_ahead_ms
    if made_ms is None:
        return sentence
    return f"The sandbox was prepared ahead: no request waited for the {made_ms:,.0f} ms that creating it took. {sentence}"


def _judgment(invocation: Invocation, startup: Startup) -> str:
    if startup.status == "timeout":
        took = f"There it took {invocation.init_again_ms:,.0f} ms. " if invocation.init_again_ms else ""
        return (f"Init took longer than the {INIT_LIMIT_S} s Lambda gives it, so it started again inside the invocation, where "
                f"it is billed as duration. {took}Load less outside the handler, or load it only when it is needed.")
    if startup.status not in ("", "success"):
        return "Init failed: Lambda repeats it once inside the invocation, and that time is billed as duration."
    for judge in (_import_advice, _module_code_advice, _runtime_advice, _extension_advice):
        sentence = judge(startup)
        if sentence:
            return sentence
    sentence = _sandbox_advice(invocation, startup)
    if sentence:
        return sentence
    return "Nothing in this cold start stands out."


def import_summary(startup: Startup) -> str:
    """Return the heaviest chain of imports: "import boto3 143 ms ▸ botocore 96 ms"; "" if imports were not measured."""
    roots = import_tree(startup.imports)
    if not roots:
        return ""
    return "import " + " ▸ ".join(f"{node.module} {node.duration_ms:.0f} ms" for node in roots[0].heaviest_path()[:3])


def _import_advice(startup: Startup) -> str:
    costs = top_costs(startup, 1)
    if not costs or (costs[0].percent_of_init or 0.0) < NOTABLE_IMPORT_PERCENT or costs[0].duration_ms < _SHORT_INIT_MS / 5:
        return ""
    cost = costs[0]
    return (
        f"{cost.module} is {cost.percent_of_init:.0f} % of init ({cost.duration_ms:.0f} of {startup.init_ms:.0f} ms). "
        f"Import only the part you use, or import it inside the branch that needs it."
    )


def _module_code_advice(startup: Startup) -> str:
    function_init, init_ms = startup.phase("functionInit"), startup.init_ms
    if function_init is None or not init_ms or not startup.imports:
        return ""
    own_ms = function_init.duration_ms - total_ms(dependencies(startup))
    if own_ms < _NOTABLE_CODE_SHARE * init_ms or own_ms < _SHORT_INIT_MS / 5:
        return ""
    return (
        f"{own_ms:.0f} of {init_ms:.0f} ms of init is your own code outside the handler, not imports. "
        f"Create there only what every invocation needs."
    )


def _runtime_advice(startup: Startup) -> str:
    runtime_init, init_ms = startup.phase("runtimeInit"), startup.init_ms
    if runtime_init is None or not init_ms or runtime_init.duration_ms < init_ms / 2:
        return ""
    share = f"{runtime_init.duration_ms:.0f} of {init_ms:.0f} ms"
    return f"{share} of init is the runtime itself: your code adds little to this cold start."


def _extension_advice(startup: Startup) -> str:
    waited_ms = sum(phase.duration_ms for phase in startup.phases if phase.name == EXTENSION_INIT)
    if not startup.init_ms or waited_ms < startup.init_ms / 2:
        return ""
    share = f"{waited_ms:.0f} of {startup.init_ms:.0f} ms"
    return (f"{share} of init is waiting for extensions: the runtime starts once they have registered, and init ends once they "
            "are ready.")


def _sandbox_advice(invocation: Invocation, startup: Startup) -> str:
    waited = startup.phases_since(invocation.received_ms)
    sandbox_ms = sum(phase.duration_ms for phase in waited if phase.name in SANDBOX_PHASES)
    if sandbox_ms < (startup.init_ms or 0.0):
        return ""
    return (
        f"Most of it, {sandbox_ms:.0f} ms, is creating the sandbox on this machine. "
        f"Lambda does that its own way and does not bill it."
    )
