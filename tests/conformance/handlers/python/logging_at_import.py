"""Logs while imported, and in the handler, in all ways people do."""

import logging

logging.warning("at import %s", "time")
logging.info("not shown unless the level says so")
root = logging.getLogger()
before = [type(handler).__name__ for handler in root.handlers]
logger = logging.getLogger("my.module")


def handler(event, context):
    logger.warning("in handler\nsecond line")
    logger.info("info")
    logger.debug("debug")
    logger.error("with args %d %s", 1, {"a": 1})
    logger.warning({"message": "a dict", "set": {1}})
    logger.warning("extra", extra={"order": 5, "odd": object, "tags": ["ü"]})
    logger.log(35, "between levels")
    logger.critical("ü critical")
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        logger.exception("caught")
    context.log("raw text\n")
    context.log(5)
    print("printed", end="")
    print(" on", "one line")
    return {"handlers": before, "level": root.level, "converter": logging.Formatter.converter.__name__}


def sets_level(event, context):
    logging.getLogger().setLevel("INFO")
    logging.info("now shown")
    logging.basicConfig(level="DEBUG", format="%(message)s")
    logging.debug("not shown: basicConfig does nothing with a handler there")
    return len(logging.getLogger().handlers)


def fails(event, context):
    raise ValueError("after logging\nsecond")
