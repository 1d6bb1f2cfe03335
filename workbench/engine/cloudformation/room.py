"""CloudFormation as far as it is ours: stacks, change sets, events and outputs, over the Lambda API and the services endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.engine.clock import Clock
from workbench.engine.cloudformation.change_sets import ChangeSets
from workbench.engine.cloudformation.custom_resources.answers import Answers
from workbench.engine.cloudformation.custom_resources.handler import CustomFunctions, CustomResourceHandler
from workbench.engine.cloudformation.dynamic_references import DynamicReferences
from workbench.engine.cloudformation.handlers import Handler
from workbench.engine.cloudformation.ledger import Ledger
from workbench.engine.cloudformation.nested_stacks import NESTED, NestedStackHandler
from workbench.engine.cloudformation.service_types.clients import ServiceClients
from workbench.engine.cloudformation.services import LambdaCalls, OtherServices
from workbench.engine.cloudformation.stacks import Stacks
from workbench.engine.cloudformation.submissions import Submissions
from workbench.engine.cloudformation.types import CUSTOM, Types
from workbench.engine.services_endpoint.protocol import Endpoint

STACKS_FOLDER = "cloudformation"
"""The folder in the workspace's state folder that keeps stacks."""


class CloudFormation:
    """The stacks of one workspace. Use it on the engine's loop, between `load` and `close`."""

    def __init__(
        self, folder: Path, lambda_calls: LambdaCalls, functions: CustomFunctions, endpoint: Endpoint, clock: Clock
    ) -> None:
        """`folder` keeps everything that is known of stacks."""
        services = OtherServices(endpoint)
        self.answers = Answers()
        self.ledger = Ledger(folder / "stacks.sqlite", clock)
        self.submissions = Submissions(services)
        own: Mapping[str, Handler] = {
            CUSTOM: CustomResourceHandler(functions, self.answers, clock),
            NESTED: NestedStackHandler(self.ledger, self.submissions, lambda: self.stacks)}
        types = Types(lambda_calls, services, ServiceClients(endpoint), own, clock)
        self.stacks = Stacks(self.ledger, types, DynamicReferences(services), clock)
        self.change_sets = ChangeSets(self.ledger, self.stacks, self.submissions, types)

    async def load(self, *, settling: bool) -> None:
        """Read what is kept. `settling`: bring to an end what was in progress, and what is lost; only if it may be changed."""
        await self.ledger.load()
        if settling:
            await self.stacks.settle()

    async def close(self) -> None:
        """Break off what is in progress, and close the file."""
        await self.stacks.close()
        await self.ledger.close()
