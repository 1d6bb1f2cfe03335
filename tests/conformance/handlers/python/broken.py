"""Fails while it is imported."""


def divide():
    return 1 / 0


divide()


def handler(event, context):
    return 1
