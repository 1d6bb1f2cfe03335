"""The log never waits for its reader."""

from __future__ import annotations

import logging
import os
import re
from concurrent.futures import ThreadPoolExecutor

from workbench.cli.log_output import MOST_WAITING, PatientHandler


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, __file__, 1, text, (), None)


def read(descriptor: int) -> str:
    content = b""
    while part := os.read(descriptor, 65_536):
        content += part
    return content.decode()


def test_records_are_written_in_order() -> None:
    reading, writing = os.pipe()
    handler = PatientHandler(writing, "utf-8")
    for number in range(3):
        handler.emit(record(f"line {number} …"))
    handler.close()
    os.close(writing)
    assert read(reading) == "line 0 …\nline 1 …\nline 2 …\n"
    os.close(reading)


def test_what_does_not_fit_is_left_out_and_counted() -> None:
    reading, writing = os.pipe()
    handler = PatientHandler(writing, "utf-8")
    long = "x" * 1_000
    for _ in range(MOST_WAITING + 500):
        handler.emit(record(long))
    first = os.read(reading, 65_536)
    while len(first) < 1_001 * MOST_WAITING:
        first += os.read(reading, 65_536)
    handler.emit(record("here again"))
    with ThreadPoolExecutor(1) as reader:  # what waits is more than the pipe holds
        reads = reader.submit(read, reading)
        handler.close()
        os.close(writing)
        rest = reads.result()
    assert "records of the log were left out: nobody read it.\nhere again\n" in rest
    # Said whenever there is room again, so perhaps in two parts.
    counts = re.findall(r"(\d+) records of the log were left out", first.decode() + rest)
    assert sum(map(int, counts)) > 300
    os.close(reading)


def test_a_reader_that_is_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    handler = PatientHandler(writing, "utf-8")
    os.close(reading)
    handler.emit(record("to nobody"))
    handler.close()
    os.close(writing)
