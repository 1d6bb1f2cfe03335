"""Availability Zones as Lambda's metadata endpoint names them: by IDs that are the same for every account (use1-az1)."""

from __future__ import annotations

_DIRECTIONS = {
    "north": "n", "south": "s", "east": "e", "west": "w", "central": "c",
    "northeast": "ne", "southeast": "se", "northwest": "nw", "southwest": "sw", "gov": "g",
}


def zone_id(region: str) -> str:
    """Return the ID of a Region's first zone: us-east-1 has use1-az1, ap-southeast-2 has apse2-az1.

    Source: AWS RAM guide, "Availability Zone IDs" (the short form of a Region's name, then the zone).
    """
    return "".join(_DIRECTIONS.get(part, part) for part in region.split("-")) + "-az1"
