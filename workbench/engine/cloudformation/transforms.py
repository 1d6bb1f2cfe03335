"""What happens to a template before it is deployed: AWS::Serverless-2016-10-31 and AWS::LanguageExtensions. No other macro.

Source: CloudFormation template reference, "Transform"; SAM specification. SAM is translated by AWS's own translator.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.engine.cloudformation.documents import transforms_of
from workbench.engine.cloudformation.refusals import invalid
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.lambda_names import Scope
from workbench.workspace.expansion import expand
from workbench.workspace.pseudo_parameters import PseudoParameters
from workbench.workspace.template import Template
from workbench.workspace.unresolved import GivenValues

SAM = "AWS::Serverless-2016-10-31"
LOOPS = "AWS::LanguageExtensions"


class Transforms:
    """Applies transforms. One after the other: the translator keeps the Region for itself in its class."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def applied(
        self, text: str, template: Mapping[str, Any], parameters: Mapping[str, str], scope: Scope
    ) -> Mapping[str, Any]:
        """Return a template after its transforms. Raises ServiceError if one cannot be applied."""
        wanted = transforms_of(template)
        unknown = [name for name in wanted if name not in (SAM, LOOPS)]
        if unknown or "Fn::Transform" in template:
            raise invalid(f"No transform named {next(iter(unknown), 'Fn::Transform')} found.",
                          f"Only {SAM} and {LOOPS} are available here.")
        result = dict(template)
        async with self._one_at_a_time:
            if LOOPS in wanted:
                result = await asyncio.to_thread(_unrolled, text, parameters, scope)
            if SAM in wanted:
                result = await asyncio.to_thread(_translated, result, parameters, scope)
        result.pop("Transform", None)
        return result


def _unrolled(text: str, parameters: Mapping[str, str], scope: Scope) -> dict[str, Any]:
    """Unroll the loops of a template. Blocks."""
    pseudo = PseudoParameters(region=scope.region, account_id=scope.account, partition=scope.partition,
                              given=GivenValues(parameters=parameters))
    try:
        expanded = expand(Template(Path("template.yaml"), text), pseudo)
    except WorkspaceError as error:
        raise invalid(f"Transform {LOOPS} failed with: {error.message}") from error
    refused = [warning for warning in expanded.warnings if "cannot be unrolled" in warning or "no further" in warning]
    if refused:
        raise invalid(f"Transform {LOOPS} failed with: {refused[0]}")
    return expanded.data


def _translated(template: Mapping[str, Any], parameters: Mapping[str, str], scope: Scope) -> dict[str, Any]:
    """Translate SAM's types into CloudFormation's. Blocks, for a second the first time."""
    if find_spec("samtranslator") is None:
        raise invalid(f"Transform {SAM} needs AWS's translator, which is not installed.",
                      "Install it with: pip install 'lambda-workbench[sam]'.")
    # Imported here: it takes 0.7 s, and most engines never see a stack.
    from boto3.session import Session
    from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
    from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.arn_generator import ArnGenerator
    from samtranslator.translator.translator import Translator

    ArnGenerator.BOTO_SESSION_REGION_NAME = None
    metrics = Metrics("ServerlessTransform", DummyMetricsPublisher())
    translator = Translator(None, Parser(), boto_session=Session(region_name=scope.region), metrics=metrics)
    given = {**parameters, "AWS::Region": scope.region, "AWS::Partition": scope.partition, "AWS::AccountId": scope.account}
    try:
        translated = translator.translate(
            copy.deepcopy(dict(template)), given,
            get_managed_policy_map=lambda: get_bundled_managed_policy_map(scope.partition) or {})
    except InvalidDocumentException as error:
        raise _refused(error) from error
    finally:
        metrics.publish()  # to nowhere, but it would be missed with a warning
    assert isinstance(translated, dict)
    return translated


def _refused(error: Exception) -> ServiceError:
    causes = [str(getattr(cause, "message", cause)) for cause in getattr(error, "causes", ())]
    return invalid(f"Transform {SAM} failed with: Invalid Serverless Application Specification document. "
                   f"Number of errors found: {len(causes) or 1}. {' '.join(causes) or error}")
