"""`workbench keys`: the access keys that requests from other machines are signed with."""

from __future__ import annotations

import sys

import msgspec

from workbench.cli.output import write_json
from workbench.gateway.signatures.access_keys import AccessKeys
from workbench.model.shown import shown


class _Issued(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A new key, as `aws iam create-access-key` has it."""

    access_key_id: str
    secret_access_key: str


class _Listed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A key without its secret."""

    access_key_id: str
    created: str
    note: str


def add_key(note: str, *, as_json: bool) -> int:
    """Issue a key and print it with its secret, which is never shown again. Returns exit status 0; raises WorkspaceError."""
    key_id, key = AccessKeys().issue(note)
    if as_json:
        write_json(msgspec.json.encode(_Issued(access_key_id=key_id, secret_access_key=key.secret)))
        return 0
    sys.stdout.write(f"AWS_ACCESS_KEY_ID={key_id}\nAWS_SECRET_ACCESS_KEY={key.secret}\n")
    sys.stdout.flush()
    sys.stderr.write("The secret is not shown again. All your engines that are started with --host accept this key.\n")
    return 0


def list_keys(*, as_json: bool) -> int:
    """Print the issued keys, without their secrets. Returns exit status 0."""
    keys = [_Listed(access_key_id=key_id, created=key.created, note=key.note) for key_id, key in AccessKeys().all().items()]
    if as_json:
        write_json(msgspec.json.encode(keys))
        return 0
    if not keys:
        sys.stdout.write("No keys have been issued. workbench keys add issues one.\n")
    for key in keys:
        sys.stdout.write(shown(f"{key.access_key_id}  {key.created}  {key.note}".rstrip() + "\n"))
    return 0


def remove_key(key_id: str) -> int:
    """Remove a key; engines refuse it from then on. Returns exit status 0, or 1 when there is none of this ID."""
    if AccessKeys().remove(key_id):
        sys.stdout.write(f"{key_id} is removed: no engine accepts it any longer.\n")
        return 0
    sys.stdout.write(shown(f"There is no key {key_id}.\n"))
    return 1
