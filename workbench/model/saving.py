"""A function that goes from the API's records into the workspace's template, or back, as it is told to people."""

from __future__ import annotations

import msgspec


class SavingWish(msgspec.Struct, frozen=True, kw_only=True):
    """How functions are to be saved. `folder`: the one for the code, "" for one named after the function.

    `with_secrets`: the values of variables that look like secrets go into the template, too. `is_preview`: nothing is written.
    """

    folder: str = ""
    with_secrets: bool = False
    is_preview: bool = False


class SavingReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What saving a function into the template did, or would do.

    `template` is the file's name, `logical_id` that of the new resource. `folders` are those with the code and the layers, as the
    template names them. `changes` is what changes in the template's text, as a unified diff with the values of secret variables
    masked. `parameters` are the template's new parameters for them. `kept` are sentences on what the template cannot say and
    stays with the API. `refused`: why nothing was saved, "" if it was.
    """

    function: str
    template: str = ""
    logical_id: str = ""
    folders: tuple[str, ...] = ()
    changes: str = ""
    parameters: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    refused: str = ""


class TakingReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What taking a function from the template into the API's records did.

    `template` is the file that had it. `lost` are sentences on what the template said and the API's function does not have.
    """

    function: str
    template: str
    logical_id: str
    lost: tuple[str, ...] = ()
