"""Functions that use layers which were published here, through the API and in a template.

Sources: recorded answers of the service (2025); Lambda guide, "Managing Lambda dependencies with layers": contents are merged in
the function's order, and a function goes on with a version that was deleted.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.api.test_layers import arn
from tests.support.api_clients import ROLE, Refusal, create, lambda_client, refused, waited, zipped
from tests.support.engines import served
from tests.support.shared_engine import SharedEngine
from tests.support.workspaces import WorkspaceBuilder

IMPORTS = "import shared\n\ndef handler(event, context):\n    return shared.VALUE\n"


@pytest.fixture
def name() -> str:
    return f"f-{uuid.uuid4().hex[:8]}"


def publish(client: Any, layer: str, value: str, **others: str) -> str:
    """Publish a layer with a Python module `shared`, and return the version's ARN."""
    content = zipped({"python/shared.py": f"VALUE = {value!r}\n", **others})
    return str(client.publish_layer_version(LayerName=layer, Content={"ZipFile": content})["LayerVersionArn"])


def value(client: Any, function: str, **parameters: Any) -> Any:
    answer = client.invoke(FunctionName=function, **parameters)
    document = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, document
    return document


def with_layers(client: Any, name: str, *layers: str, code: str = IMPORTS) -> None:
    create(client, name, Runtime="python3.11", Timeout=20, Code={"ZipFile": zipped(code)}, Layers=list(layers))


def invalid(message: str) -> Refusal:
    return Refusal(400, "InvalidParameterValueException", {"Type": "User", "message": message})


async def test_a_function_imports_from_a_layer_that_is_deleted_later(client: Any, engine: SharedEngine, name: str) -> None:
    """The whole way: publish, create, invoke, delete the version, invoke in a new environment."""
    version = publish(client, name, "one")
    size = client.get_layer_version_by_arn(Arn=version)["Content"]["CodeSize"]
    with_layers(client, name, version)
    assert value(client, name) == "one"
    client.delete_layer_version(LayerName=name, VersionNumber=1)
    await engine.stop_environments()
    assert value(client, name) == "one"
    described = client.get_function_configuration(FunctionName=name)
    assert described["Layers"] == [{"Arn": version, "CodeSize": size}]
    entry = next(each for each in client.list_functions()["Functions"] if each["FunctionName"] == name)
    assert entry["Layers"] == [{"Arn": version, "CodeSize": size}]


async def test_a_version_keeps_a_deleted_layer_and_latest_loses_it(client: Any, engine: SharedEngine, name: str) -> None:
    first, second = publish(client, name, "one"), publish(client, name, "two")
    with_layers(client, name, first)
    client.publish_version(FunctionName=name)
    client.update_function_configuration(FunctionName=name, Layers=[second])
    waited(client, "function_updated_v2", name)
    client.delete_layer_version(LayerName=name, VersionNumber=1)
    await engine.stop_environments()
    assert (value(client, name), value(client, name, Qualifier="1")) == ("two", "one")
    assert refused(client.update_function_configuration, FunctionName=name, Layers=[first]) == invalid(
        f"Layer version {first} does not exist.")
    client.update_function_configuration(FunctionName=name, Layers=[])
    waited(client, "function_updated_v2", name)
    assert "Layers" not in client.get_function_configuration(FunctionName=name)


def test_layers_are_merged_in_the_order_of_the_function(client: Any, name: str) -> None:
    first = publish(client, f"{name}-a", "first", **{"python/only_first.py": "VALUE = 1\n"})
    second = publish(client, f"{name}-b", "second", **{"python/only_second.py": "VALUE = 2\n"})
    code = ("import shared, only_first, only_second\n\ndef handler(event, context):\n"
            "    return [shared.VALUE, only_first.VALUE, only_second.VALUE]\n")
    with_layers(client, name, first, second, code=code)
    assert value(client, name) == ["second", 1, 2]
    client.update_function_configuration(FunctionName=name, Layers=[second, first])
    waited(client, "function_updated_v2", name)
    assert value(client, name) == ["first", 1, 2]


def test_layers_that_a_function_cannot_have(client: Any, name: str) -> None:
    """Seen at create and at update; what is refused leaves nothing."""
    create(client, name)
    first, second = publish(client, name, "one"), publish(client, name, "two")
    elsewhere = f"arn:aws:lambda:eu-west-1:{first.split(':')[4]}:layer:x:1"
    for layers, message in (
        ([f"{arn('doesnotexist')}:1"], f"Layer version {arn('doesnotexist')}:1 does not exist."),
        ([f"{arn(name)}:9"], f"Layer version {arn(name)}:9 does not exist."),
        ([first, second], "Two different versions of the same layer are not allowed to be referenced in the same function. "
                          f"{first} and {second} are versions of the same layer."),
        ([elsewhere], "Layers are not in the same region as the function. Layers are expected to be in region us-east-1."),
    ):
        assert refused(client.update_function_configuration, FunctionName=name, Layers=layers) == invalid(message)
        given = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Code": {"ZipFile": zipped()}}
        assert refused(client.create_function, FunctionName=f"{name}-2", Layers=layers, **given) == invalid(message)
        assert refused(client.get_function, FunctionName=f"{name}-2").code == "ResourceNotFoundException"


def test_a_layer_of_another_account_that_is_not_here_is_no_error(client: Any, name: str) -> None:
    """It may exist in the cloud: the function runs without it, and a notice tells how to bring it. Its size is not known."""
    foreign = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python311-x86_64:7"
    with_layers(client, name, foreign, code="def handler(event, context):\n    return 'without'\n")
    assert value(client, name) == "without"
    assert client.get_function_configuration(FunctionName=name)["Layers"] == [{"Arn": foreign}]


@pytest.fixture
def of_a_template(tmp_path: Path) -> Iterator[Any]:
    """A client for a workspace whose template names a layer by its ARN, which nobody has published yet."""
    builder = WorkspaceBuilder(tmp_path / "workspace")
    code = ("import json\n\ndef handler(event, context):\n    try:\n        import shared\n    except ImportError:\n"
            "        return 'no layer'\n    return shared.VALUE\n")
    builder.function("FromTemplate", {"app.py": code}, properties=f"Layers:\n  - {arn('of-the-template')}:1\n")
    with served(builder.write(), "--sandbox", "process") as server:
        client = lambda_client(server.url)
        yield client
        client.close()


def test_a_function_of_the_template_gets_a_layer_once_it_is_published(of_a_template: Any) -> None:
    client = of_a_template
    assert value(client, "FromTemplate") == "no layer"
    version = publish(client, "of-the-template", "published")
    assert value(client, "FromTemplate") == "published"
    assert client.get_function_configuration(FunctionName="FromTemplate")["Layers"][0]["Arn"] == version
    client.delete_layer_version(LayerName="of-the-template", VersionNumber=1)
    assert client.get_function_configuration(FunctionName="FromTemplate")["Layers"][0].keys() == {"Arn", "CodeSize"}
    assert value(client, "FromTemplate") == "published"
