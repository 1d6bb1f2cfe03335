"""Fails in every way a handler can."""

import importlib
import json
import sys
import traceback

sys.path.append("/opt/never")


class Custom(Exception):
    def __str__(self):
        return ""


class Loud(BaseException):
    pass


def chained():
    try:
        {}["gone"]
    except KeyError as error:
        raise RuntimeError("second") from error


def recursive(n):
    return recursive(n + 1)


def fail(kind):
    if kind == "value":
        raise ValueError("boom ü\nsecond line")
    if kind == "custom":
        raise Custom("hidden")
    if kind == "chained":
        chained()
    if kind == "assert":
        assert 1 == 2, {"no": "json"}
    if kind == "json":
        json.loads("{nonsense")
    if kind == "recursion":
        recursive(0)
    if kind == "import":
        import not_there_at_all  # noqa: F401
    if kind == "import-module":
        importlib.import_module("not_there_at_all")
    if kind == "import-broken":
        importlib.import_module("broken")
    if kind == "import-broken-statement":
        import broken  # noqa: F401
    if kind == "exit":
        sys.exit(3)
    if kind == "exit-text":
        sys.exit("good bye")
    if kind == "exit-none":
        sys.exit()
    if kind == "base":
        raise Loud("not caught")
    if kind == "exec":
        exec(compile("\n\nraise KeyError('from nowhere')", "<text>", "exec"))
    return {"kind": kind}


def handler(event, context):
    return fail(event)


def formats_itself(event, context):
    try:
        importlib.import_module("broken")
    except ZeroDivisionError:
        return traceback.format_exc().splitlines()


def no_arguments():
    return 1


def one_argument(event):
    return 1


not_callable = 5


class Callable:
    def __call__(self, event, context):
        raise TypeError("from an object")


as_object = Callable()
