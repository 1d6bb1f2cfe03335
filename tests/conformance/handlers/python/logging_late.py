"""Brings logging in only while invoked, and from a thread."""

import sys
import threading


def handler(event, context):
    def work():
        import logging

        logging.getLogger("thread").error("from a thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    import logging

    logging.warning("late")
    return "logging" in sys.modules


def log_without_logging(event, context):
    context.log("no logging\n")
    sys.stderr.write("to stderr\n")
    sys.stdout.writelines(["a\n", "b\n"])
