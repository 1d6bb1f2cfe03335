"""The contract of CloudFormation's API: botocore's service model, read when CloudFormation is first called."""

from __future__ import annotations

import functools

from workbench.gateway.wire.service_model import ServiceModel, published_model


@functools.cache
def cloudformation_model() -> ServiceModel:
    """Return the contract. Blocks for some milliseconds the first time."""
    return published_model("cloudformation/2010-05-15")
