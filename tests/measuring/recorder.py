"""Records which lines and branches of vlad_py a process runs, from its start on, and leaves it in a folder.

`installed.py` makes Python import this file when it starts, so that processes which tests start are recorded
as well. It uses `sys.monitoring`, which costs far less than a line counter: for each test function, a line
reports itself only once. And, unlike `sys.settrace`, it goes on after Ctrl-C or the end of a limit.
"""

from __future__ import annotations

import atexit
import marshal
import os
import signal
from sys import monitoring  # type: ignore[attr-defined] # it came with Python 3.12
from time import process_time
from types import CodeType

OFTEN = 2_000  # a branch that has gone the same way this often in a test function no longer reports itself
FOLDER = os.environ["MEASURED_FOLDER"]  # where every process leaves its record
SOURCE = os.environ["MEASURED_SOURCE"]  # the start of the paths of files that are recorded
CONTEXT = "MEASURED_CONTEXT"  # the environment's variable with the test that starts a process


class Recorder:
    """What a process has run: the lines and branches of each code object, and the lines of each test."""

    def __init__(self) -> None:
        self.codes: dict[int, tuple[CodeType, set[int], dict[int, set[int]], set[int]]] = {}
        self.lines: dict[str, set[int]] = {}  # of the test that runs
        self.tests: dict[str, dict[str, int]] = {}  # test to file to lines, each line a bit
        self.often: dict[tuple[int, int], int] = {}
        self.test = os.environ.get(CONTEXT, "")
        self.began = process_time()
        self.seconds: dict[str, float] = {}  # of the processor, for each test

    def start(self) -> None:
        """Asks Python for its events."""
        events = monitoring.events
        self.local = events.LINE | events.BRANCH | events.PY_RETURN
        monitoring.use_tool_id(monitoring.COVERAGE_ID, "vlad_py")
        for event, seen in (
            (events.PY_START, self.entered),
            (events.LINE, self.line),
            (events.BRANCH, self.branch),
            (events.PY_RETURN, self.returned),
        ):
            monitoring.register_callback(monitoring.COVERAGE_ID, event, seen)
        monitoring.set_events(monitoring.COVERAGE_ID, events.PY_START)

    def entered(self, code: CodeType, offset: int) -> object:
        """A function begins: from now on, its lines and branches report themselves."""
        if code.co_filename.startswith(SOURCE) and id(code) not in self.codes:
            self.codes[id(code)] = (code, set(), {}, set())
            monitoring.set_local_events(monitoring.COVERAGE_ID, code, self.local)
        return monitoring.DISABLE

    def line(self, code: CodeType, number: int) -> object:
        """A line runs."""
        self.codes[id(code)][1].add(number)
        lines = self.lines.get(code.co_filename)
        if lines is None:
            lines = self.lines[code.co_filename] = set()
        lines.add(number)
        return monitoring.DISABLE

    def branch(self, code: CodeType, offset: int, target: int) -> object:
        """A branch is taken. Python can only stop the reports of both its ways."""
        taken = self.codes[id(code)][2]
        ways = taken.setdefault(offset, set())
        ways.add(target)
        if len(ways) == 2:
            return monitoring.DISABLE
        key = (id(code), offset)
        count = self.often[key] = self.often.get(key, 0) + 1
        return monitoring.DISABLE if count >= OFTEN else None

    def returned(self, code: CodeType, offset: int, value: object) -> object:
        """A function ends."""
        self.codes[id(code)][3].add(offset)
        return monitoring.DISABLE

    def switch(self, test: str) -> None:
        """Another test begins: all lines and branches report themselves again."""
        if test == self.test:
            return
        self.flush()
        self.test = os.environ[CONTEXT] = test
        self.often.clear()
        monitoring.restart_events()

    def flush(self) -> None:
        """Adds the lines of the test that runs to those of the tests before."""
        now = process_time()
        self.seconds[self.test] = self.seconds.get(self.test, 0.0) + now - self.began
        self.began = now
        files = self.tests.setdefault(self.test, {})
        lines, self.lines = self.lines, {}
        for file, numbers in lines.items():
            files[file] = files.get(file, 0) | sum(1 << number for number in numbers)

    def save(self) -> None:
        """Leaves what has run since the last time in the folder."""
        self.flush()
        path = os.path.join(FOLDER, f"{os.getpid()}.{os.urandom(4).hex()}")
        try:
            with open(path, "wb") as file:
                marshal.dump((list(self.codes.values()), self.tests, self.seconds), file)
            os.replace(path, path + ".record")
        except (OSError, MemoryError):
            pass  # a test limits the memory of this process, or the size of its files
        self.tests, self.seconds = {}, {}


def begin() -> Recorder:
    """Records from now on, until the process ends, in whatever way but SIGKILL."""
    recorder = Recorder()
    recorder.start()
    atexit.register(recorder.save)
    leave = os._exit

    def saved_exit(status: int) -> None:
        """`os._exit`, which worker processes end with, after the record is saved."""
        recorder.save()
        leave(status)

    def saved_end(number: int, _: object) -> None:
        """A signal that ends the process."""
        recorder.save()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    os._exit = saved_exit  # type: ignore[assignment]
    for number in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, saved_end)
    return recorder


recorder = begin()
