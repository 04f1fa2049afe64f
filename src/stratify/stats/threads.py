"""Work in threads: compiled loops release the interpreter's lock, so two of them run side by side."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from threading import Thread
from typing import TypeVar

Task = TypeVar("Task")


def side_by_side(function: Callable[[Task], None], tasks: Sequence[Task]) -> None:
    """Do all tasks, one after the other where there is one only.

    The caller works too and takes what is left, so that a thread which the machine keeps waiting holds up its own task
    only. The threads end with the call: one that outlived it would be missing after a fork.

    Raises
    ------
    Exception
        The first that a task raised, after all have ended.
    """
    if len(tasks) == 1:
        function(tasks[0])
        return
    waiting, failures = deque(tasks), list[BaseException]()

    def work() -> None:
        while True:
            try:
                task = waiting.popleft()
            except IndexError:
                return
            try:
                function(task)
            except BaseException as failure:  # noqa: BLE001 - handed to the caller below
                failures.append(failure)

    helpers = [Thread(target=work) for _ in range(min(len(waiting), os.cpu_count() or 1) - 1)]
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    if failures:
        raise failures[0]
