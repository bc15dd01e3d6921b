"""Work in a process of its own, with everything as it is here and now; its answers come back one by one."""

import os
import pickle
import traceback
from collections.abc import Callable, Iterable
from typing import Any, Final

_LENGTH: Final = 8


def forked(work: Callable[[], Iterable[object]]) -> tuple[int, int]:
    """Do something in a process of its own; returns where its answers can be read, and the process's id."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return reader, child
    try:
        os.close(reader)
        with os.fdopen(writer, "wb") as out:
            for answer in work():
                raw = pickle.dumps(answer)
                out.write(len(raw).to_bytes(_LENGTH) + raw)
                out.flush()
    except BaseException:  # noqa: BLE001 - nobody is left to raise it to
        traceback.print_exc()
    finally:
        os._exit(0)


def frames(raw: bytes) -> tuple[list[Any], bytes]:
    """Return the whole answers at the beginning of these bytes, and what is left."""
    answers: list[Any] = []
    while len(raw) >= _LENGTH and len(raw) >= (end := _LENGTH + int.from_bytes(raw[:_LENGTH])):
        answers.append(pickle.loads(raw[_LENGTH:end]))
        raw = raw[end:]
    return answers, raw
