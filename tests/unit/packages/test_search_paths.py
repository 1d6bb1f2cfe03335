"""Where languages look for layers."""

import os

import pytest

from workbench.packages.search_paths import container_paths, layer_paths

COMMON = {"PATH": "/o/bin", "LD_LIBRARY_PATH": "/o/lib"}


@pytest.mark.parametrize(("runtime", "own"), [
    ("python3.13", {"WORKBENCH_LAYERS": "/o"}),  # our bootstrap knows the rest
    ("java21", {"CLASSPATH": "/o/java/lib/*"}), ("java8.al2", {"CLASSPATH": "/o/java/lib/*"}),
    ("provided.al2023", {}), ("dotnet8", {}), ("", {}),
])
def test_variables_of_each_language(runtime: str, own: dict[str, str]) -> None:
    expected = {name: value.replace(":", os.pathsep).replace("/", os.sep) for name, value in {**COMMON, **own}.items()}
    assert layer_paths(runtime, "/o") == expected


def test_without_layers_there_is_nothing_to_search() -> None:
    assert layer_paths("python3.13", "") == {}


@pytest.mark.parametrize("opt", ["", "/o"])
def test_ruby_has_lambdas_own_lists_with_or_without_layers(opt: str) -> None:
    paths = layer_paths("ruby3.4", opt)
    assert {name: paths[name] for name in set(paths) - set(COMMON)} == {
        "GEM_HOME": "/var/runtime", "RUBYLIB": "/var/task:/var/runtime/lib:/opt/ruby/lib",
        "GEM_PATH": "/var/task/vendor/bundle/ruby/3.4.0:/opt/ruby/gems/3.4.0:/var/runtime:/var/runtime/ruby/3.4.0",
    }


@pytest.mark.parametrize("opt", ["", "/o"])
def test_node_js_has_lambdas_own_list_with_or_without_layers(opt: str) -> None:
    paths = layer_paths("nodejs22.x", opt)
    assert paths["NODE_PATH"] == (
        "/opt/nodejs/node22/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task")
    assert set(paths) - {"NODE_PATH"} == (set(COMMON) if opt else set())


def test_a_container_has_its_image_set_rubys_variables() -> None:
    assert container_paths("ruby3.4") == {}
    assert container_paths("nodejs22.x") == layer_paths("nodejs22.x", "")
