"""From a template to function configurations: Globals merged as SAM does, intrinsics resolved, problems told in sentences."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any, cast
from zipfile import is_zipfile

import msgspec

from workbench.model.function import Architecture, ContainerImage, FunctionConfiguration, Logging
from workbench.model.limits import (
    EPHEMERAL_STORAGE_MAX_MB,
    EPHEMERAL_STORAGE_MIN_MB,
    MEMORY_MAX_MB,
    MEMORY_MIN_MB,
    TIMEOUT_MAX_S,
    TIMEOUT_MIN_S,
)
from workbench.workspace.intrinsics import PseudoParameters, Resolver, Unresolved, as_text, intrinsic_name
from workbench.workspace.template import Template

SERVERLESS = "AWS::Serverless::Function"
PLAIN_LAMBDA = "AWS::Lambda::Function"
FUNCTION_TYPES = (SERVERLESS, PLAIN_LAMBDA)
_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_LOGGING_FIELDS = {"LogFormat": "format", "ApplicationLogLevel": "applicationLevel", "SystemLogLevel": "systemLevel",
                   "LogGroup": "group"}
_REPLACED_LISTS = ("Architectures",)  # SAM concatenates every other list of Globals and function


def merge_globals(shared: Any, own: Any, key: str = "") -> Any:
    """Globals and a function's own properties as SAM merges them: maps by key, lists one after the other, else the own value.

    An intrinsic counts as a simple value. Source: SAM guide, "Globals section", "Overridable properties".
    """
    if isinstance(shared, dict) and isinstance(own, dict) and not intrinsic_name(shared) and not intrinsic_name(own):
        both = {name: merge_globals(shared[name], own[name], name) for name in own if name in shared}
        return {**shared, **own, **both}
    if isinstance(shared, list) and isinstance(own, list) and key not in _REPLACED_LISTS:
        return shared + own
    return own


def function_ids(template: Template) -> tuple[str, ...]:
    """The logical ids of the template's functions, in its order."""
    resources = template.section("Resources")
    return tuple(key for key, value in resources.items() if isinstance(value, dict) and value.get("Type") in FUNCTION_TYPES)


def own_properties(template: Template, logical_id: str) -> dict[str, Any]:
    """A resource's own properties, unmerged and unresolved; {} when it has none."""
    properties = template.section("Resources")[logical_id].get("Properties")
    return properties if isinstance(properties, dict) else {}


def shared_properties(template: Template, logical_id: str) -> dict[str, Any]:
    """What the Globals section gives this function; only AWS::Serverless::Function takes part."""
    if template.section("Resources")[logical_id].get("Type") != SERVERLESS:
        return {}
    shared = template.section("Globals").get("Function")
    return shared if isinstance(shared, dict) else {}


def read_functions(template: Template, pseudo: PseudoParameters) -> tuple[FunctionConfiguration, ...]:
    """All functions of the template in its order. Looks at the disk for code folders. Blocks."""
    resolver = Resolver(template.data, pseudo)
    functions = [FunctionReader(template, resolver, logical_id).configuration() for logical_id in function_ids(template)]
    names = Counter(function.name for function in functions)
    return tuple(_with_problem(function, f"Another function is also named {function.name}; names must be unique.")
                 if names[function.name] > 1 else function for function in functions)


def _with_problem(function: FunctionConfiguration, problem: str) -> FunctionConfiguration:
    return msgspec.structs.replace(function, problems=(*function.problems, problem))


class FunctionReader:
    """Reads one function; collects problems on the way."""

    def __init__(self, template: Template, resolver: Resolver, logical_id: str) -> None:
        self._root = template.path.parent.resolve()
        self._resolver = resolver
        self._logical_id = logical_id
        self._resource = template.section("Resources")[logical_id]
        self._resources = template.section("Resources")
        self._properties = merge_globals(shared_properties(template, logical_id), own_properties(template, logical_id))
        self._problems: list[str] = []

    def configuration(self) -> FunctionConfiguration:
        """The function; what is not usable is replaced by Lambda's default and named in `problems`."""
        return FunctionConfiguration(
            name=self._name(), logical_id=self._logical_id, runtime=self._required("Runtime"), handler=self._required("Handler"),
            code_path=str(self._code_path()), memory_mb=self._number("MemorySize", 128, (MEMORY_MIN_MB, MEMORY_MAX_MB)),
            timeout_s=self._number("Timeout", 3, (TIMEOUT_MIN_S, TIMEOUT_MAX_S)), ephemeral_storage_mb=self._storage_mb(),
            architecture=self._architecture(), environment=self.environment(), description=self._text("Description"),
            layers=self._layers(), image=self._image(), logging=self._logging(), problems=tuple(self._problems))

    def setting(self, name: str) -> Any:
        """A property with Globals merged and intrinsics resolved; None when it is not set, `Unresolved` when unknown."""
        return self._resolver.resolve(self._properties.get(name))

    def environment(self) -> dict[str, str]:
        """The environment variables as texts; what only a deployment knows is a readable placeholder."""
        environment = self.setting("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else environment
        if isinstance(variables, dict):
            return {name: as_text(value) for name, value in variables.items()}
        if variables is not None:
            self._problems.append("Environment.Variables is not a map that can be read here.")
        return {}

    def _name(self) -> str:
        name = self.setting("FunctionName")
        if name is None or isinstance(name, Unresolved):
            return self._logical_id
        if not _FUNCTION_NAME.fullmatch(str(name)):
            self._problems.append(f"“{name}” can not be a function name: 1 to 64 letters, digits, - and _ are allowed.")
            return self._logical_id
        return str(name)

    def _required(self, name: str) -> str:
        value = self.setting(name)
        if self._is_image():
            return as_text(value)
        if isinstance(value, Unresolved):
            self._problems.append(f"{name} can not be told before deployment: {value.text}.")
        elif value is None:
            self._problems.append(f"{name} is missing.")
        elif not isinstance(value, str):
            self._problems.append(f"{name} must be a text, but is {value!r}.")
        return value if isinstance(value, str) else as_text(value)

    def _text(self, name: str) -> str:
        return as_text(self.setting(name))

    def _number(self, name: str, default: int, limits: tuple[int, int]) -> int:
        return self._checked(name, self.setting(name), default, limits)

    def _storage_mb(self) -> int:
        storage = self.setting("EphemeralStorage")
        size = storage.get("Size") if isinstance(storage, dict) else storage
        return self._checked("EphemeralStorage.Size", size, 512, (EPHEMERAL_STORAGE_MIN_MB, EPHEMERAL_STORAGE_MAX_MB))

    def _checked(self, name: str, value: Any, default: int, limits: tuple[int, int]) -> int:
        if value is None:
            return default
        number = _whole_number(value)
        if number is None:
            self._problems.append(f"{name} must be a whole number, but is {as_text(value)}.")
            return default
        if not limits[0] <= number <= limits[1]:
            self._problems.append(f"{name} is {number}, but Lambda allows {limits[0]:,} to {limits[1]:,}.")
        return number

    def _logging(self) -> Logging:
        """LoggingConfig. Lambda refuses levels in the text format."""
        config = self.setting("LoggingConfig")
        if not isinstance(config, dict):
            return Logging()
        chosen = {field: as_text(config[name]) for name, field in _LOGGING_FIELDS.items() if name in config}
        try:
            logging = msgspec.convert(chosen, Logging)
        except msgspec.ValidationError as error:
            self._problems.append(f"LoggingConfig can not be used: {error}.")
            return Logging()
        if logging.format == "Text" and {"applicationLevel", "systemLevel"} & chosen.keys():
            self._problems.append("LoggingConfig: log levels can be set in the JSON log format only.")
        return logging

    def _architecture(self) -> Architecture:
        value = self.setting("Architectures")
        if value is None or value == []:
            return "x86_64"
        chosen = value[0] if isinstance(value, list) and len(value) == 1 else None
        if chosen not in ("x86_64", "arm64"):
            self._problems.append(f"Architectures must be one of x86_64 and arm64, but is {as_text(value)}.")
            return "x86_64"
        return cast("Architecture", chosen)

    # --- code and layers

    def _is_image(self) -> bool:
        code = self._properties.get("Code")
        return (self.setting("PackageType") == "Image" or "ImageUri" in self._properties
                or (isinstance(code, dict) and "ImageUri" in code))

    def _image(self) -> ContainerImage | None:
        """The image and what is set over its own ENTRYPOINT, CMD and WORKDIR."""
        if not self._is_image():
            return None
        code = self.setting("Code")
        uri = code.get("ImageUri") if isinstance(code, dict) else self.setting("ImageUri")
        if not isinstance(uri, str) or not uri:
            self._problems.append("ImageUri names no image of this machine; build one (sam build does) and name it there.")
            uri = ""
        config = self.setting("ImageConfig")
        config = config if isinstance(config, dict) else {}
        return ContainerImage(uri=uri, entry_point=_texts(config.get("EntryPoint")), command=_texts(config.get("Command")),
                              working_directory=as_text(config.get("WorkingDirectory")))

    def _code_path(self) -> Path:
        if self._is_image():
            return self._root
        location = self._code_location()
        if location is None:
            return self._root
        path = Path(self._root, location)
        path = path.resolve() if path.exists() else Path(path)
        if path.is_file():
            if not is_zipfile(path):
                self._problems.append(f"The code {location} is a file, but not a .zip; name a folder or a deployment package.")
        elif not path.is_dir():
            self._problems.append(f"The code folder {location} does not exist.")
        return path

    def _code_location(self) -> str | None:
        """The local path as it is written, or None after noting why there is none."""
        is_serverless = self._resource.get("Type") == SERVERLESS
        value = self.setting("CodeUri" if is_serverless else "Code")
        metadata = self._resource.get("Metadata")
        asset = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
        if isinstance(asset, str) and not is_serverless:
            return asset
        if "InlineCode" in self._properties or (isinstance(value, dict) and "ZipFile" in value):
            self._problems.append("The code stands inside the template; move it to a file in a folder and name that in CodeUri.")
        elif isinstance(value, dict) or (isinstance(value, str) and value.startswith("s3://")):
            self._problems.append("The code is in Amazon S3; name a local folder in CodeUri to run it here.")
        elif isinstance(value, Unresolved):
            self._problems.append(f"The code folder can not be told before deployment: {value.text}.")
        elif value is None and not is_serverless:
            self._problems.append("Code is missing; name the code folder.")
        else:
            return as_text(value) or "."
        return None

    def _layers(self) -> tuple[str, ...]:
        """Absolute paths of the layers that this template defines from local content; ARNs or placeholders of the others."""
        layers = self._resolver.resolve(self._properties.get("Layers"))
        references = [as_text(layer) for layer in layers if layer is not None] if isinstance(layers, list) else []
        local = self._local_layers() if references else {}
        return tuple(self._checked_layer(local[reference]) if reference in local else reference for reference in references)

    def _local_layers(self) -> dict[str, str]:
        """By what a reference to them gives (an ARN): where the content of the template's layers lies, as it is written."""
        found = {}
        for name, resource in self._resources.items():
            if isinstance(resource, dict) and str(resource.get("Type", "")).endswith("::LayerVersion"):
                content = self._layer_content(resource)
                if content is not None:
                    found[as_text(self._resolver.resolve({"Ref": name}))] = content
        return found

    def _layer_content(self, resource: dict[str, Any]) -> str | None:
        properties = self._resolver.resolve(resource.get("Properties"))
        metadata = resource.get("Metadata")
        asset = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
        content = properties.get("ContentUri", properties.get("Content")) if isinstance(properties, dict) else None
        content = asset if isinstance(asset, str) else content
        return content if isinstance(content, str) and not content.startswith("s3://") else None

    def _checked_layer(self, content: str) -> str:
        path = (self._root / content).resolve()
        if not path.exists():
            self._problems.append(f"The layer content {content} does not exist.")
        elif path.is_file() and not is_zipfile(path):
            self._problems.append(f"The layer content {content} is a file, but not a .zip.")
        return str(path)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(as_text(item) for item in value) if isinstance(value, list) else ()


def _whole_number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,6}", value.strip()) else None
