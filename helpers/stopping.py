"""A cell that is stopped by hand says so in one line, in place of a page of stack frames."""

from typing import Any

LINE = "Stopped. What the cells above have made is still there; run this one again to start it anew."


def in_one_line(shell: Any) -> None:
    """Have an IPython shell show a KeyboardInterrupt as one line: its own words if it has some. Run All halts there as ever."""
    shell.set_custom_exc((KeyboardInterrupt,), _show)


def _show(shell: Any, kind: type, stopped: BaseException, trace: Any, tb_offset: int | None = None) -> None:
    if not hasattr(stopped, "_render_traceback_"):
        stopped._render_traceback_ = lambda: [LINE]  # type: ignore[attr-defined]
    shell.showtraceback((kind, stopped, trace))
