"""Run one exercise's answer in this process and do what the judge asks of it, one request at a time."""

from __future__ import annotations
import __future__

import ast
import asyncio
import inspect
import linecache
import sys
import types
from collections.abc import Sequence

from grading.sandbox import protocol
from grading.sandbox.exchange import Answer, Program, Question, reply_as_plain
from grading.sandbox.inside import failures as failed
from grading.sandbox.inside import kernel, overlay, slicing
from helpers.checks.limits import captured
from helpers.checks.messages import Reply
from helpers.checks.perform import line_of, perform
from helpers.checks.plain import SubjectError
from helpers.checks.seeding import seed_all

MAX_MODULES = 200
known_libraries: set[str] = set()  # modules loaded before any answer; noted by the template, once for all sessions


def serve(channel: protocol.Channel) -> None:
    """Take the program, run what the targets need of it, then answer questions until the judge hangs up."""
    nonce, plain = protocol.receive(channel)
    program = Program(**plain)
    overlay.install(program.overlay, program.withheld, program.homes)
    answers = Answers(program)
    _reply(channel, nonce, Answer(problems=answers.problems))
    while True:
        try:
            nonce, asked = protocol.receive(channel)
        except protocol.WireError:
            return
        _reply(channel, nonce, answers.do(Question.from_plain(asked)))


def _reply(channel: protocol.Channel, nonce: bytes, answer: Answer) -> None:
    answer.withheld = overlay.used()
    try:
        protocol.send(channel, nonce, answer.as_plain())
    except protocol.WireError as error:
        refusal = SubjectError("bad_reply", message=str(error))
        protocol.send(channel, nonce, Answer(error=refusal.as_plain(), withheld=overlay.used()).as_plain())


class Answers:
    """The names that an exercise defines, and the modules built from them."""

    def __init__(self, program: Program):
        self.modules: list = []
        self.space = _fresh_main()
        self.problems: dict[str, dict] = {}  # target: why it can't be asked, as SubjectError.as_plain()
        seed_all(0)  # Python draws anew after each fork
        with captured():
            failures = run_cells(program.cells, program.targets, self.space)
        self.reasons = failed.reasons(failures)
        for name in program.targets:
            if name not in self.space:
                self.problems[name] = failed.why_missing(name, program.cells, failures).as_plain()

    def do(self, asked: Question) -> Answer:
        """The reply to one request, or the SubjectError that it met."""
        if asked.request is None:
            return Answer(imported=[name for name in sys.modules if name not in known_libraries])
        try:
            return Answer(reply=self._plain(perform(self._target(asked), asked.request)))
        except SubjectError as error:
            return Answer(error=failed.explained(error, self.reasons).as_plain())

    def _target(self, asked: Question):
        if asked.module is not None:
            return self.modules[asked.module]
        return self.space[asked.target]

    def _plain(self, reply: Reply) -> dict:
        if reply.built is not None:
            if len(self.modules) >= MAX_MODULES:
                raise SubjectError("too_big", message="too many modules were built")
            self.modules.append(reply.built)
        return reply_as_plain(reply, None if reply.built is None else len(self.modules) - 1)


def run_cells(cells: Sequence, targets: Sequence[str], space: dict) -> list[failed.Failure]:
    """Run, in order, the statements of the cells that the targets need; what raises is skipped and listed."""
    failures = []
    notebook = slicing.parsed(cells)
    for cell in notebook:
        linecache.cache[cell.filename] = (len(cell.source), None, cell.source.splitlines(True), cell.filename)
        if cell.error:
            failures.append(failed.of_cell(cell, cell.error))
    for cell, statement in slicing.needed(notebook, set(targets)):
        try:
            _run(cell, statement, space)
        except BaseException as error:  # SystemExit and the student's own BaseExceptions too
            failures.append(failed.Failure(cell, error, line_of(error), slicing.names_set(statement)))
    return failures


def _run(cell: slicing.ParsedCell, statement: ast.stmt, space: dict) -> None:
    """Run one statement; what annotates a definition is looked up only if somebody asks, as Python 3.14 has it."""
    try:
        _execute(slicing.compiled(cell.filename, statement, cell.futures), space)
    except NameError:
        if not isinstance(statement, slicing.DEFINITIONS):
            raise
        later = cell.futures | __future__.annotations.compiler_flag
        _execute(slicing.compiled(cell.filename, statement, later), space)


def _execute(code: types.CodeType, space: dict) -> None:
    if code.co_flags & inspect.CO_COROUTINE:  # it awaits
        asyncio.run(eval(code, space))
    else:
        exec(code, space)


def _fresh_main() -> dict:
    """The namespace of a new __main__, as a notebook's kernel has it."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    module.__dict__.update(kernel.names())
    kernel.without_debugger()
    return module.__dict__
