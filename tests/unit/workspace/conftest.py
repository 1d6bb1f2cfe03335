"""What the tests of this package share."""

from tests.support.read_only import read_only, tmp_path

__all__ = ["read_only", "tmp_path"]
