"""The log as callers read it: pages, searches that stream, files."""
