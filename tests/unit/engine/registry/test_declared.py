"""What a template declares beside functions: there from the start, followed, overridden by the API, published when needed.

The rules are those of the API's operations, whose tests compare them with the service. Sources of what is special: SAM guide,
"AutoPublishAlias"; CloudFormation template reference, "AWS::Lambda::Version".
"""

from __future__ import annotations

import contextlib
import io
import json
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.held_clock import HeldClock
from tests.support.registry_in_test import PSEUDO, NobodyListens, as_it_is, resources_over
from workbench.engine.functions import FunctionStore
from workbench.engine.registry.resources import Resources
from workbench.gateway.wire.documents import checked
from workbench.model.failures import ServiceError
from workbench.model.overrides import OverrideInfo

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
ALIAS = """
  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref F, Name: live, FunctionVersion: $LATEST, Description: %s}
"""


class Template:
    """A workspace with the function F, over which a registry stands."""

    def __init__(self, root: Path) -> None:
        self.root = root / "w"
        self.code = self.root / "f"
        self._state = root / "state"
        self.code.mkdir(parents=True)
        (self.code / "app.py").write_text("x = 1\n")
        self.write()

    def write(self, properties: str = "", others: str = "") -> None:
        function = "  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        function += f"{INDENT}CodeUri: f/\n{INDENT}Handler: app.handler\n{INDENT}Runtime: python3.11\n"
        function += f"{textwrap.indent(textwrap.dedent(properties).strip(), INDENT)}\n"
        (self.root / "template.yaml").write_text(HEAD + function + others)

    @contextlib.asynccontextmanager
    async def registry(self) -> AsyncIterator[tuple[Resources, FunctionStore]]:
        functions = FunctionStore(self.root, lambda: PSEUDO, in_force=lambda written: resources.in_force(written))
        async with resources_over(self._state, functions, HeldClock(), NobodyListens(), as_it_is) as resources:
            await functions.refresh()
            await resources.declared.follow()
            yield resources, functions

    async def edit(self, resources: Resources, functions: FunctionStore, properties: str = "", others: str = "") -> None:
        """Write the template anew and have it read."""
        self.write(properties, others)
        await functions.refresh()
        await resources.declared.follow()


INDENT = "      "


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return Template(tmp_path)


def listed(resources: Resources) -> dict[str, OverrideInfo]:
    return {each.property: each for each in resources.overrides.all()}


def versions(resources: Resources) -> list[str]:
    return [view.version for view in resources.versions.all(resources.home, "F")]


def points_to(resources: Resources, alias: str = "live") -> str:
    return resources.aliases.require(resources.home, "F", alias).version


async def test_a_template_that_is_emptied_to_be_saved_takes_nothing_away(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    template.write("ReservedConcurrentExecutions: 7")
    async with template.registry() as (resources, functions):
        file = template.root / "template.yaml"
        text = file.read_text()
        file.write_text("")
        monkeypatch.setattr("workbench.engine.functions.time", SimpleNamespace(sleep=lambda _: file.write_text(text)))
        assert await functions.refresh() == set()
        await resources.declared.follow()
        assert resources.concurrency.get(resources.home, "F") == 7


async def test_a_template_that_stays_empty_is_believed(template: Template) -> None:
    async with template.registry() as (_, functions):
        (template.root / "template.yaml").write_text("\n")
        assert await functions.refresh() == {"F"}
        assert functions.all() == []


async def test_what_is_declared_is_there_at_once(template: Template) -> None:
    template.write("""
        ReservedConcurrentExecutions: '7'
        Tags: {team: shop}
        EventInvokeConfig: {MaximumRetryAttempts: 1}
        FunctionUrlConfig: {AuthType: AWS_IAM}
        Events:
          Work: {Type: SQS, Properties: {Queue: 'arn:aws:sqs:eu-central-1:123456789012:q', BatchSize: 5, Enabled: false}}
          Put: {Type: S3, Properties: {Bucket: b, Events: 's3:ObjectCreated:*'}}
    """)
    async with template.registry() as (resources, _):
        home = resources.home
        assert resources.declared.warnings == ()
        assert resources.concurrency.get(home, "F") == 7
        assert resources.tags.of(home, home.function_arn("F")) == {"team": "shop"}
        assert resources.event_invoke.require(home, "F", "").retries == 1
        url = resources.function_urls.require(home, "F", "")
        assert (url.auth_type, len(url.url_id)) == ("AWS_IAM", 32)
        [mapping] = resources.event_source_mappings.all(home)
        assert (mapping.state, mapping.function_arn, mapping.settings["BatchSize"]) == ("Disabled", home.function_arn("F"), 5)
        policy, revision = resources.policies.get(home, "F", "")
        [statement] = json.loads(policy)["Statement"]
        assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
        assert not listed(resources)
        assert resources.api_state.report().resources == ()
    async with template.registry() as (resources, _):  # the same in every engine
        assert resources.policies.get(home, "F", "") == (policy, revision)
        assert resources.event_source_mappings.all(home) == [mapping]


async def test_autopublishalias_moves_with_the_next_invocation_after_a_change(template: Template) -> None:
    still = "\n  A: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: still, FunctionVersion: '1'}}\n"
    template.write("AutoPublishAlias: live", still)
    async with template.registry() as (resources, functions):
        assert points_to(resources) == "1", "its number is known before it is published"
        assert versions(resources) == ["$LATEST"]
        await resources.declared.ready("F")
        assert versions(resources) == ["$LATEST", "1"]
        (template.code / "app.py").write_text("x = 22\n")
        await functions.refresh()
        await resources.declared.ready("F")
        assert points_to(resources) == "1", "nobody has invoked it since"
        await resources.declared.before_invocation("F", "")
        assert (points_to(resources), points_to(resources, "still")) == ("2", "1")
        await resources.declared.before_invocation("F", "live")
        assert versions(resources) == ["$LATEST", "1", "2"], "nothing has changed"
        await template.edit(resources, functions, "AutoPublishAlias: live\nTimeout: 9")
        await resources.declared.before_invocation("F", "live")
        assert points_to(resources) == "3"
        assert resources.functions.require(resources.home, "F", "1").settings["Timeout"] == 3
    async with template.registry() as (resources, _):
        await resources.declared.before_invocation("F", "live")
        assert versions(resources) == ["$LATEST", "1", "2", "3"]


async def test_what_the_api_changes_does_not_move_an_alias(template: Template) -> None:
    template.write("AutoPublishAlias: live")
    async with template.registry() as (resources, _):
        await resources.declared.before_invocation("F", "live")
        await resources.changes.update_settings(resources.home, "F", {"Timeout": 20})
        await resources.settling.settle()
        await resources.declared.before_invocation("F", "live")
        assert versions(resources) == ["$LATEST", "1"]


VERSION = "\n  %s: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}\n"


async def test_a_version_is_published_once_and_again_under_a_new_logical_id(template: Template) -> None:
    alias = ("  A: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: live, "
             "FunctionVersion: !GetAtt %s.Version}}\n")
    template.write("", VERSION % "V1" + alias % "V1")
    async with template.registry() as (resources, functions):
        await resources.declared.before_invocation("F", "live")
        await template.edit(resources, functions, "Timeout: 9", VERSION % "V1" + alias % "V1")
        await resources.declared.before_invocation("F", "live")
        assert (versions(resources), points_to(resources)) == (["$LATEST", "1"], "1")
        await template.edit(resources, functions, "Timeout: 9", VERSION % "V2" + alias % "V2")
        await resources.declared.before_invocation("F", "live")
        assert (versions(resources), points_to(resources)) == (["$LATEST", "1", "2"], "2")
        await template.edit(resources, functions, "Timeout: 9", VERSION % "V3" + alias % "V3")
        await resources.declared.ready("F")
        assert resources.declared.warnings == (
            "A: its version V3 could not be published.",
            "V3: A version for this Lambda function exists ( 2 ). Modify the function to create a new version.")


@pytest.mark.parametrize(("written", "warning"), [
    ("{Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: a, FunctionVersion: '3'}}",
     "X: Function not found: arn:aws:lambda:eu-central-1:123456789012:function:F:3 F has no version or alias 3."),
    ("{Type: AWS::Lambda::Alias, Properties: {FunctionName: gone, Name: a, FunctionVersion: $LATEST}}",
     "X: Function not found: arn:aws:lambda:eu-central-1:123456789012:function:gone:$LATEST This workspace has: F."),
    ("{Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: a, FunctionVersion: $LATEST, "
     "RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: '1', FunctionWeight: 1.5}]}}}",
     "X: 1 validation error detected: Value '{1=1.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: "
     "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
     "Member must have value greater than or equal to 0.0, Member must not be null]"),
    ("{Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F, Action: 'lambda:InvokeFunction', Principal: nobody}}",
     "X: The provided principal was invalid. Please check the principal and try again. A principal is *, an account ID, the ARN "
     "of a user or role, or a service such as s3.amazonaws.com."),
    ("{Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref F, EventSourceArn: 'arn:aws:sqs:r:1:q', "
     "BatchSize: many}}", "X: The value of BatchSize can not be converted to a Integer"),
])
async def test_a_wrong_declaration_is_told_and_the_others_are_there(template: Template, written: str, warning: str) -> None:
    template.write("ReservedConcurrentExecutions: 1", f"\n  X: {written}\n")
    async with template.registry() as (resources, _):
        assert resources.declared.warnings == (warning,)
        assert resources.concurrency.get(resources.home, "F") == 1


async def test_what_the_api_changes_stays_and_the_rest_follows_the_template(template: Template) -> None:
    template.write(others=ALIAS % "one")
    async with template.registry() as (resources, functions):
        await resources.versions.publish(resources.home, "F", {})
        before = resources.aliases.require(resources.home, "F", "live")
        changed = await resources.aliases.update(resources.home, "F", {"Name": "live", "FunctionVersion": "1"})
        assert changed.revision_id != before.revision_id
        await template.edit(resources, functions, "", ALIAS % "two")
        alias = resources.aliases.require(resources.home, "F", "live")
        assert (alias.version, alias.description) == ("1", "two")
        told = listed(resources)["Alias.live.FunctionVersion"]
        assert (told.template_value, told.value, told.in_conflict, list(listed(resources))) == (
            "$LATEST", "1", False, ["Alias.live.FunctionVersion"])
    async with template.registry() as (resources, functions):
        assert points_to(resources) == "1"
        await template.edit(resources, functions, "", (ALIAS % "two").replace("$LATEST", "'1'"))
        assert listed(resources) == {}, "the template says the same"
        await template.edit(resources, functions, "", ALIAS % "two")
        await resources.overrides.drop("F", "Alias.live.FunctionVersion")
        assert points_to(resources) == "$LATEST"
        assert listed(resources) == {}


async def test_a_value_that_the_template_changes_too_is_in_conflict(template: Template) -> None:
    template.write("ReservedConcurrentExecutions: 1")
    async with template.registry() as (resources, functions):
        await resources.concurrency.put(resources.home, "F", 5)
        await template.edit(resources, functions, "ReservedConcurrentExecutions: 2")
        told = listed(resources)["ReservedConcurrentExecutions"]
        assert (told.template_value, told.value, told.in_conflict) == (2, 5, True)
        assert len(resources.overrides.conflicts()) == 1
        await template.edit(resources, functions)
        assert resources.concurrency.get(resources.home, "F") == 5, "an override stays when its declaration goes"
        assert listed(resources)["ReservedConcurrentExecutions"].template_value is None
        await resources.overrides.drop("F")
        assert resources.concurrency.get(resources.home, "F") is None


async def test_what_the_api_deletes_stays_deleted_until_dropped(template: Template) -> None:
    template.write(others=ALIAS % "one")
    async with template.registry() as (resources, _):
        await resources.aliases.delete(resources.home, "F", "live")
    async with template.registry() as (resources, functions):
        assert resources.aliases.all(resources.home, "F") == []
        assert listed(resources)["Alias.live"].value == "deleted"
        await template.edit(resources, functions, "Timeout: 9", ALIAS % "one")
        assert resources.aliases.all(resources.home, "F") == []
        await resources.overrides.drop("F", "Alias.live")
        assert points_to(resources) == "$LATEST"


async def test_statements_and_tags_are_changed_one_by_one(template: Template) -> None:
    permission = ("\n  %s: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F, Action: 'lambda:*', "
                  "Principal: '*'}}\n")
    template.write("Tags: {a: '1', b: '2'}", permission % "P")
    async with template.registry() as (resources, functions):
        home, arn = resources.home, resources.home.function_arn("F")
        await resources.policies.add(home, "F", "", {"StatementId": "mine", "Action": "lambda:*", "Principal": "*"})
        await resources.tags.add(home, arn, {"a": "3"})
        await template.edit(resources, functions, "Tags: {a: '1', b: '4', c: '5'}", permission % "P" + permission % "Q")
        assert resources.tags.of(home, arn) == {"a": "3", "b": "4", "c": "5"}
        sids = [each["Sid"] for each in json.loads(resources.policies.get(home, "F", "")[0])["Statement"]]
        assert [sid.partition("-")[2][:2] or sid for sid in sids] == ["P-", "Q-", "mine"]
        assert set(listed(resources)) == {"Tags.a", "Permission.mine"}
        await resources.policies.remove(home, "F", "", sids[0], None)
        assert len(listed(resources)) == 3


async def test_a_mapping_of_the_template_is_disabled_and_deleted_through_the_api(template: Template) -> None:
    template.write("Events: {E: {Type: SQS, Properties: {Queue: 'arn:aws:sqs:eu-central-1:123456789012:q'}}}")
    async with template.registry() as (resources, _):
        [mapping] = resources.event_source_mappings.all(resources.home)
        updating = await resources.event_source_mappings.update(resources.home, mapping.uuid, {"Enabled": False})
        assert updating.state == "Disabling"
        await resources.event_source_mappings.settle()
        assert resources.event_source_mappings.require(resources.home, mapping.uuid).state == "Disabled"
        assert set(listed(resources)) == {f"EventSourceMapping.{mapping.uuid}.Enabled"}
        await resources.overrides.drop("F", f"EventSourceMapping.{mapping.uuid}.Enabled")
        assert resources.event_source_mappings.all(resources.home) == [mapping]
        await resources.event_source_mappings.delete(resources.home, mapping.uuid)
        assert resources.event_source_mappings.require(resources.home, mapping.uuid).state == "Deleting"
        await resources.event_source_mappings.settle()
        assert resources.event_source_mappings.all(resources.home) == []


async def test_a_deleted_function_declares_nothing_until_it_is_shown_again(template: Template) -> None:
    template.write("AutoPublishAlias: live\nReservedConcurrentExecutions: 1")
    async with template.registry() as (resources, _):
        await resources.declared.ready("F")
        await resources.concurrency.put(resources.home, "F", 5)
        await resources.changes.delete(resources.home, "F")
        await resources.declared.ready()
        assert resources.declared.warnings == ()
        assert resources.concurrency.unreserved(resources.home) == 1000
        await resources.overrides.drop("F")
        await resources.declared.ready("F")
        assert (points_to(resources), resources.concurrency.get(resources.home, "F")) == ("1", 1)


async def test_a_reset_leaves_what_the_template_declares(template: Template) -> None:
    template.write("AutoPublishAlias: live\nReservedConcurrentExecutions: 1")
    async with template.registry() as (resources, _):
        await resources.declared.ready("F")
        await resources.concurrency.put(resources.home, "F", 5)
        await resources.api_state.reset()
        assert resources.concurrency.get(resources.home, "F") == 1
        await resources.declared.ready("F")
        assert (points_to(resources), versions(resources), listed(resources)) == ("1", ["$LATEST", "1"], {})


async def test_changes_of_declared_things_are_exported_and_imported(template: Template, tmp_path: Path) -> None:
    template.write("AutoPublishAlias: live\nReservedConcurrentExecutions: 1", ALIAS.replace("live", "b") % "x")
    file = io.BytesIO()
    async with template.registry() as (resources, _):
        await resources.declared.ready("F")
        await resources.concurrency.put(resources.home, "F", 5)
        await resources.aliases.delete(resources.home, "F", "b")
        before = listed(resources)
        await resources.api_state.write_to(file)
        await resources.api_state.reset()
        await resources.api_state.add_from(file, checked, replace=False)
        await resources.declared.ready()
        assert listed(resources) == before
        assert set(before) == {"ReservedConcurrentExecutions", "Alias.b"}
        assert points_to(resources) == "1"


LAYER = "\n  L: {Type: AWS::Serverless::LayerVersion, Properties: {LayerName: common, ContentUri: layer/}}\n"


async def test_a_layer_is_published_when_asked_for_and_again_after_a_change(template: Template) -> None:
    (template.root / "layer").mkdir()
    (template.root / "layer" / "a.py").write_text("a = 1\n")
    template.write(others=LAYER)
    async with template.registry() as (resources, _):
        home = resources.home
        assert resources.layers.latest(home) == []
        await resources.declared.ready(with_layers=True)
        [first] = resources.layers.latest(home)
        assert (first.arn, first.code.size_bytes > 0) == (home.arn("layer", "common", 1), True)
        await resources.declared.ready(with_layers=True)
        (template.root / "layer" / "a.py").write_text("a = 22\n")
        await resources.declared.ready(with_layers=True)
        assert [each.version for each in resources.layers.versions(home, "common")] == [2, 1]


async def test_a_version_that_cannot_be_published_is_told_to_whoever_invokes_it(template: Template) -> None:
    template.write("AutoPublishAlias: live\nMemorySize: 3")
    async with template.registry() as (resources, _):
        with pytest.raises(ServiceError, match="MemorySize"):
            await resources.declared.before_invocation("F", "live")
        await resources.declared.before_invocation("F", "")
        assert points_to(resources) == "1"
        [warning] = resources.declared.warnings
        assert warning.startswith("F.Version: ")




async def test_what_tenant_isolation_does_not_support_is_told_and_left_out(template: Template) -> None:
    template.write("""
        TenancyConfig: {TenantIsolationMode: PER_TENANT}
        FunctionUrlConfig: {AuthType: AWS_IAM}
        ReservedConcurrentExecutions: 3
        Events:
          Work: {Type: SQS, Properties: {Queue: 'arn:aws:sqs:eu-central-1:123456789012:q'}}
    """)
    async with template.registry() as (resources, _):
        home = resources.home
        assert [warning.partition(" for functions")[0] for warning in resources.declared.warnings] == [
            "FWork: Event source mappings are not supported", "FUrl: Function URLs are not supported"]
        assert (resources.function_urls.all(home, "F"), resources.event_source_mappings.all(home)) == ([], [])
        assert resources.concurrency.get(home, "F") == 3
