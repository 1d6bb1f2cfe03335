import not_there_at_all  # noqa: F401


def handler(event, context):
    return 1
