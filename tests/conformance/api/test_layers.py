"""Layers through the API: whole answers and whole errors, as recorded on AWS.

Source of the texts, where a test names no other: recorded answers of the service (2025 and 2026); API reference,
PublishLayerVersion, GetLayerVersion, GetLayerVersionByArn, ListLayers, ListLayerVersions, DeleteLayerVersion.
"""

from __future__ import annotations

import base64
import hashlib
import re
import urllib.request
import uuid
from contextlib import closing
from typing import Any

import pytest

from tests.support.api_clients import ACCOUNT, REGION, Refusal, lambda_client, plain, refused, zipped
from tests.support.shared_engine import SharedEngine
from workbench.model.runtime_names import LAYER_RUNTIMES

CONTENT = zipped({"python/shared.py": "VALUE = 'from the layer'\n"})
NOT_THERE = Refusal(404, "ResourceNotFoundException",
                    {"Type": "User", "Message": "The resource you requested does not exist."})
LESS_THAN_1 = Refusal(400, "InvalidParameterValueException",
                      {"Type": "User", "message": "Layer Version Cannot be less than 1"})


@pytest.fixture
def layer() -> str:
    return f"l-{uuid.uuid4().hex[:8]}"


def arn(layer: str, region: str = REGION) -> str:
    return f"arn:aws:lambda:{region}:{ACCOUNT}:layer:{layer}"


def publish(client: Any, layer: str, **parameters: Any) -> dict[str, Any]:
    return plain(client.publish_layer_version(LayerName=layer, **{"Content": {"ZipFile": CONTENT}, **parameters}))


def described(layer: str, version: int = 1, **others: Any) -> dict[str, Any]:
    """A version as answers have it, without what varies."""
    content = {"CodeSha256": base64.b64encode(hashlib.sha256(CONTENT).digest()).decode(), "CodeSize": len(CONTENT)}
    return {"Content": content, "LayerArn": arn(layer), **listed(layer, version, **others)}


def listed(layer: str, version: int = 1, **others: Any) -> dict[str, Any]:
    """A version as lists have it: without the layer's ARN and without content."""
    return {"LayerVersionArn": f"{arn(layer)}:{version}", "Description": "", "Version": version, **others}


def settled(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without the date and the location, whose forms are asserted here."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", answer["CreatedDate"])
    answer = {name: value for name, value in plain(answer).items() if name != "CreatedDate"}
    if "Content" in answer:
        answer["Content"] = {name: value for name, value in answer["Content"].items() if name != "Location"}
    return answer


def test_a_version_is_published_and_read_again(client: Any, layer: str) -> None:
    given = {"Description": "Shared", "LicenseInfo": "MIT", "CompatibleRuntimes": ["python3.12", "nodejs22.x"],
             "CompatibleArchitectures": ["arm64", "x86_64"]}
    published = publish(client, layer, **given)
    assert settled(published) == described(layer, **given)
    for read in (client.get_layer_version(LayerName=layer, VersionNumber=1),
                 client.get_layer_version(LayerName=arn(layer), VersionNumber=1),
                 client.get_layer_version_by_arn(Arn=f"{arn(layer)}:1")):
        assert settled(read) == described(layer, **given)
        assert read["CreatedDate"] == published["CreatedDate"]


def test_the_location_gives_the_bytes_that_were_uploaded(client: Any, layer: str) -> None:
    publish(client, layer)
    location = client.get_layer_version(LayerName=layer, VersionNumber=1)["Content"]["Location"]
    with urllib.request.urlopen(location) as answer:
        assert answer.read() == CONTENT


def test_what_is_not_given_is_absent_and_empty_lists_are_kept(client: Any, layer: str) -> None:
    """Source: recorded answers, publish_empty_result."""
    assert settled(publish(client, layer)) == described(layer)
    empty = {"CompatibleRuntimes": [], "CompatibleArchitectures": []}
    assert settled(publish(client, layer, **empty)) == described(layer, 2, **empty)


def test_runtimes_that_functions_may_not_have_are_taken(client: Any, layer: str) -> None:
    """Source: recorded answers, test_layer_compatibilities: up to 15, deprecated and blocked ones too, in the order given."""
    given = ["nodejs24.x", "nodejs12.x", "python3.7", "go1.x", "provided", "ruby2.7", "java8", "dotnetcore3.1", "python2.7"]
    assert publish(client, layer, CompatibleRuntimes=given)["CompatibleRuntimes"] == given


def test_layers_count_as_code_of_the_account(client: Any, layer: str) -> None:
    """Source: facts on GetAccountSettings: each layer version counts with its zip's size."""
    def total() -> int:
        return int(client.get_account_settings()["AccountUsage"]["TotalCodeSize"])

    before = total()
    publish(client, layer)
    publish(client, layer)
    assert total() == before + 2 * len(CONTENT)
    client.delete_layer_version(LayerName=layer, VersionNumber=1)
    assert total() == before + len(CONTENT)


def test_numbers_go_on_after_all_versions_were_deleted(client: Any, layer: str) -> None:
    publish(client, layer)
    publish(client, layer)
    assert [settled(each) for each in client.list_layer_versions(LayerName=layer)["LayerVersions"]] == [
        listed(layer, 2), listed(layer, 1)]
    for version in (1, 2):
        deleted = client.delete_layer_version(LayerName=layer, VersionNumber=version)
        assert (plain(deleted), deleted["ResponseMetadata"]["HTTPStatusCode"]) == ({}, 204)
    assert plain(client.list_layer_versions(LayerName=layer)) == {"LayerVersions": []}
    assert refused(client.get_layer_version, LayerName=layer, VersionNumber=2) == NOT_THERE
    assert publish(client, layer)["Version"] == 3


def test_deleting_what_is_not_there_is_no_error(client: Any, layer: str) -> None:
    publish(client, layer)
    for name, version in ((layer, 2), ("no-such-layer", 1), (layer, 1), (layer, 1)):
        answer = client.delete_layer_version(LayerName=name, VersionNumber=version)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_lists_show_the_newest_version_of_each_layer(client: Any, layer: str) -> None:
    publish(client, f"{layer}-b", CompatibleRuntimes=["python3.12"], CompatibleArchitectures=["arm64"])
    publish(client, f"{layer}-b", CompatibleRuntimes=["python3.13"])
    publish(client, f"{layer}-a")

    def names(**wanted: str) -> list[tuple[str, int]]:
        found = [each for each in client.list_layers(**wanted)["Layers"] if each["LayerName"].startswith(layer)]
        return [(each["LayerName"], each["LatestMatchingVersion"]["Version"]) for each in found]

    assert names() == [(f"{layer}-a", 1), (f"{layer}-b", 2)]
    assert names(CompatibleRuntime="python3.12") == [(f"{layer}-b", 1)]
    assert names(CompatibleRuntime="python3.12", CompatibleArchitecture="x86_64") == []
    entry = next(each for each in client.list_layers()["Layers"] if each["LayerName"] == f"{layer}-b")
    entry["LatestMatchingVersion"] = settled(entry["LatestMatchingVersion"])
    assert entry == {"LayerName": f"{layer}-b", "LayerArn": arn(f"{layer}-b"),
                     "LatestMatchingVersion": listed(f"{layer}-b", 2, CompatibleRuntimes=["python3.13"])}
    matching = client.list_layer_versions(LayerName=f"{layer}-b", CompatibleRuntime="python3.12")["LayerVersions"]
    assert [each["Version"] for each in matching] == [1]


def test_lists_come_in_pages(client: Any, layer: str) -> None:
    for _ in range(5):
        publish(client, layer)
    paginator = client.get_paginator("list_layer_versions")
    pages = list(paginator.paginate(LayerName=layer, PaginationConfig={"PageSize": 2}))
    assert [[each["Version"] for each in page["LayerVersions"]] for page in pages] == [[5, 4], [3, 2], [1]]
    first = client.list_layer_versions(LayerName=layer, MaxItems=2)
    client.delete_layer_version(LayerName=layer, VersionNumber=4)
    following = client.list_layer_versions(LayerName=layer, MaxItems=2, Marker=first["NextMarker"])
    assert [each["Version"] for each in following["LayerVersions"]] == [3, 2]


def test_regions_do_not_see_each_others_layers(engine: SharedEngine, client: Any, layer: str) -> None:
    """Source: facts on several Regions at one endpoint; the credential scope decides."""
    publish(client, layer)
    with closing(lambda_client(engine.url, region="eu-west-1")) as other:
        assert plain(other.list_layer_versions(LayerName=layer)) == {"LayerVersions": []}
        assert refused(other.get_layer_version, LayerName=layer, VersionNumber=1) == NOT_THERE
        assert refused(other.get_layer_version_by_arn, Arn=f"{arn(layer)}:1") == NOT_THERE
        assert publish(other, layer)["LayerVersionArn"] == f"{arn(layer, 'eu-west-1')}:1"
        other.delete_layer_version(LayerName=arn(layer), VersionNumber=1)
    assert client.get_layer_version(LayerName=layer, VersionNumber=1)["Version"] == 1


def test_what_does_not_exist_or_cannot(client: Any, layer: str) -> None:
    publish(client, layer)
    assert refused(client.get_layer_version, LayerName="no-such-layer", VersionNumber=1) == NOT_THERE
    assert refused(client.get_layer_version, LayerName=layer, VersionNumber=2) == NOT_THERE
    assert refused(client.get_layer_version_by_arn, Arn=f"{arn(layer)}:2") == NOT_THERE
    assert refused(client.get_layer_version, LayerName=layer, VersionNumber=0) == LESS_THAN_1
    assert refused(client.get_layer_version, LayerName=layer, VersionNumber=-1) == LESS_THAN_1
    assert refused(client.delete_layer_version, LayerName=layer, VersionNumber=-1) == LESS_THAN_1
    assert plain(client.list_layer_versions(LayerName="no-such-layer")) == {"LayerVersions": []}


def test_nobody_publishes_in_another_account(client: Any, layer: str) -> None:
    """Source of the answer: recorded answers of CreateFunction with the ARN of another account."""
    refusal = refused(client.publish_layer_version, LayerName=arn(layer).replace(ACCOUNT, "210987654321"),
                      Content={"ZipFile": CONTENT})
    assert (refusal.status, refusal.code) == (403, "AccessDeniedException")
    assert publish(client, arn(layer))["LayerVersionArn"] == f"{arn(layer)}:1"


def test_an_arn_without_a_version_is_no_arn_of_a_version(client: Any, layer: str) -> None:
    refusal = refused(client.get_layer_version_by_arn, Arn=arn(layer))
    assert (refusal.status, refusal.code) == (400, "ValidationException")
    assert refusal.body["message"].startswith(
        f"1 validation error detected: Value '{arn(layer)}' at 'arn' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ")


def test_runtimes_and_architectures_that_do_not_exist(client: Any, layer: str) -> None:
    """Runtimes come first, and as a whole; architectures print their constraints as elements do."""
    refusal = refused(client.publish_layer_version, LayerName=layer, Content={"ZipFile": CONTENT},
                      CompatibleRuntimes=["invalidruntime", "invalidruntime2", "nodejs20.x"],
                      CompatibleArchitectures=["invalidarch", "x86_64"])
    assert refusal == Refusal(400, "ValidationException", {"message": (
        "2 validation errors detected: Value '[invalidruntime, invalidruntime2, nodejs20.x]' at 'compatibleRuntimes' failed to "
        "satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, provided.al2023, python3.12, "
        "python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, "
        "python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2]; "
        "Value '[invalidarch, x86_64]' at 'compatibleArchitectures' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]")})


def test_filters_that_do_not_exist(client: Any) -> None:
    """ListLayers prints another, longer list of runtimes than PublishLayerVersion."""
    for filtered, value, known in (("compatibleRuntime", "runtimedoesnotexist", LAYER_RUNTIMES),
                                   ("compatibleArchitecture", "archdoesnotexist", ("x86_64", "arm64"))):
        refusal = refused(client.list_layers, **{filtered[0].upper() + filtered[1:]: value})
        assert refusal == Refusal(400, "ValidationException", {"message": (
            f"1 validation error detected: Value '{value}' at '{filtered}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(known)}]")})


@pytest.mark.parametrize(("content", "message"), [
    ({"ZipFile": b"no zip"}, "Could not unzip uploaded file. Please check your file, then try to upload again."),
    ({}, "Please provide a source for function code."),
])
def test_content_that_is_none(client: Any, layer: str, content: dict[str, Any], message: str) -> None:
    """Source of the texts: recorded answers of CreateFunction, for which the same is checked."""
    assert refused(client.publish_layer_version, LayerName=layer, Content=content) == Refusal(
        400, "InvalidParameterValueException", {"Type": "User", "message": message})
    assert plain(client.list_layer_versions(LayerName=layer)) == {"LayerVersions": []}
