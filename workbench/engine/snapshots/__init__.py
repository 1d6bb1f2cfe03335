"""Snapshots of published versions with SnapStart: made when a version is published, restored when it is invoked."""
