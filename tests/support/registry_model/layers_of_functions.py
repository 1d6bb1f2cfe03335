"""The layers that functions name. Source: recorded answers of CreateFunction and UpdateFunctionConfiguration."""

from __future__ import annotations

from tests.support.registry_model.world import Place, World, invalid


def check_versions_of_layers(arns: list[str]) -> None:
    """Refuse two versions of one layer."""
    seen: dict[str, str] = {}
    for arn in arns:
        layer = arn.rpartition(":")[0]
        if layer in seen:
            raise invalid("Two different versions of the same layer are not allowed to be referenced in the same function. "
                          f"{seen[layer]} and {arn} are versions of the same layer.")
        seen[layer] = arn


def check_layers(world: World, place: Place, arns: list[str]) -> None:
    """Refuse layers that are not there."""
    for arn in arns:
        *_, layer, number = arn.split(":")
        versions = world.layers.get((place, layer), [])
        if int(number) > len(versions) or versions[int(number) - 1].is_deleted:
            raise invalid(f"Layer version {arn} does not exist.")


def layer_size(world: World, arn: str) -> int:
    """The size of a layer, which may be deleted."""
    *_, region, account, _, layer, number = arn.split(":")
    return int(world.layers[Place(region, account), layer][int(number) - 1].package.size)
