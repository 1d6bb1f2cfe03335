"""The template's text with a new function in it, its layers, and the parameters for its secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.workspace.functions.properties import SERVERLESS
from workbench.workspace.resource_edits import with_resource
from workbench.workspace.saving.function_to_save import FunctionToSave, LayerToSave
from workbench.workspace.saving.names import free_logical_id, words
from workbench.workspace.saving.parameters import with_parameter
from workbench.workspace.saving.places import Places
from workbench.workspace.saving.shared_settings import ignored, with_defaults
from workbench.workspace.template import Template

LAYER = "AWS::Serverless::LayerVersion"
_LAYERS_FOLDER = "layers"


class Composed(msgspec.Struct, frozen=True):
    """A template with the function in it, and `before`. `parameters` are the values of the new parameters, by name."""

    before: Template
    template: Template
    logical_id: str
    parameters: Mapping[str, str]


class Composer:
    """Writes one function into the text of a template. Each call returns another template. Blocks on reading folders."""

    def __init__(self, function: FunctionToSave, places: Places) -> None:
        self._function = function
        self._places = places

    def composed(self, before: Template) -> Composed:
        """Return the template with everything that the function needs. Raises WorkbenchError."""
        function, template = self._function, before
        logical_id = free_logical_id(function.name, "", _names(before) | function.reserved)
        code = {} if function.package is None else {
            "CodeUri": self._places.choose(function.package, function.name, given=function.folder).uri}
        template, layers = self._with_layers(template)
        template, parameters = self._with_parameters(template, logical_id)
        properties = {"FunctionName": function.name, **code, **_with_references(function, parameters)}
        if layers:
            properties["Layers"] = layers
        template = with_resource(template, logical_id, _resource(template, function, properties))
        return Composed(before, template, logical_id, parameters)

    def _with_parameters(self, template: Template, logical_id: str) -> tuple[Template, dict[str, str]]:
        """Return the template with a parameter for each secret, and their values by the parameters' names."""
        parameters: dict[str, str] = {}
        for variable in self._function.secrets:
            description = f"The value of {variable} of the function {self._function.name}."
            declaration = {"Type": "String", "NoEcho": True, "Description": description}
            name = logical_id + words(variable)
            # It is there already if the function was saved before, and then taken from the template.
            if template.section("Parameters").get(name) != declaration:
                name = free_logical_id(name, "", _names(template))
                template = with_parameter(template, name, declaration)
            parameters[name] = _variables(self._function)[variable]
        return template, parameters

    def _with_layers(self, template: Template) -> tuple[Template, list[Any]]:
        """Return the template with the layers that it does not have yet, and the references to all of them."""
        found: list[Any] = []
        for layer in self._function.layers:
            if isinstance(layer, str):
                found.append(layer)
                continue
            logical_id = self._existing(template, layer)
            if not logical_id:
                template, logical_id = self._with_layer(template, layer)
            found.append({"Ref": logical_id})
        return template, found

    def _existing(self, template: Template, layer: LayerToSave) -> str:
        """Return the layer of the template that has this content, and this name or one of those below; "" for none."""
        alike = re.compile(rf"{re.escape(layer.name)}(-\d+)?")
        named = {key: own for key, own in _layers(template).items() if alike.fullmatch(own["LayerName"])}
        digest = self._places.digest(layer.package) if named else ""
        return next((key for key, own in named.items() if self._places.content(own["ContentUri"]) == digest), "")

    def _with_layer(self, template: Template, layer: LayerToSave) -> tuple[Template, str]:
        name, taken = layer.name, [own["LayerName"] for own in _layers(template).values()]
        number = 1
        while name in taken:  # another version: a reference would not tell two layers of one name apart before a deployment
            number += 1
            name = f"{layer.name}-{number}"
        place = self._places.choose(layer.package, f"{_LAYERS_FOLDER}/{name}")
        logical_id = free_logical_id(name, "Layer", _names(template) | self._function.reserved)
        properties = {"LayerName": name, "ContentUri": place.uri, **layer.properties}
        return with_resource(template, logical_id, {"Type": LAYER, "Properties": properties}), logical_id


def _resource(template: Template, function: FunctionToSave, properties: dict[str, Any]) -> dict[str, Any]:
    shared = template.section("Globals").get("Function")
    shared = shared if isinstance(shared, dict) else {}
    own = with_defaults(shared, properties)
    resource: dict[str, Any] = {"Type": SERVERLESS}
    left_out = ignored(shared, own)
    if left_out:
        resource["IgnoreGlobals"] = left_out
    if function.package is not None:
        # What the API was given is a finished package. Without this, its requirements would be installed once more.
        resource["Metadata"] = {"SkipBuild": True}
    return {**resource, "Properties": own}


def _with_references(function: FunctionToSave, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the properties with references to the parameters in the place of secret values."""
    if not parameters:
        return dict(function.properties)
    references = dict(zip(function.secrets, ({"Ref": name} for name in parameters), strict=True))
    return {**function.properties, "Environment": {"Variables": {**_variables(function), **references}}}


def _variables(function: FunctionToSave) -> Mapping[str, str]:
    variables: Mapping[str, str] = function.properties.get("Environment", {}).get("Variables", {})
    return variables


def _names(template: Template) -> frozenset[str]:
    """Return the names that a new resource or parameter must not have."""
    return frozenset(str(name) for section in ("Resources", "Parameters", "Conditions") for name in template.section(section))


def _layers(template: Template) -> dict[str, dict[str, str]]:
    """Return LayerName and ContentUri of the template's layers that say both as text, by logical ID."""
    found = {}
    for key, resource in template.section("Resources").items():
        own = resource.get("Properties") if isinstance(resource, dict) and resource.get("Type") == LAYER else None
        said = {name: own[name] for name in ("LayerName", "ContentUri") if isinstance(own.get(name), str)} if isinstance(
            own, dict) else {}
        if len(said) == 2:
            found[str(key)] = said
    return found
