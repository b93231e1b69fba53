"""The process that typesets one document: an order on standard input, a PDF on standard output.

Run by ``core.typesetting`` alone. It starts no work before it has given up what it does not need: from then on the
kernel lets it open no file and no connection, write no file, and use only so much memory and processor time. It says
nothing of what it was given: a compiler's message quotes people's texts, so an error is a status and no more.
"""

import json
import resource
import sys
from typing import Any, Final

import typst

REFUSED: Final = 3
"""Exit status when the compiler refuses the document."""
NOWHERE: Final = "/"
"""The folder that templates read from; nothing in it can be opened."""


def main() -> int:
    order: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    give_up_rights(cpu_seconds=order["cpu_seconds"], memory_bytes=order["memory_bytes"])
    compiler = typst.Compiler(
        order["template"].encode(), root=NOWHERE, ignore_system_fonts=True, sys_inputs={"data": order["data"]}
    )
    try:
        pdf = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=order["made_at"])
    except typst.TypstError:
        return REFUSED
    if not isinstance(pdf, bytes):
        return REFUSED
    sys.stdout.buffer.write(pdf)
    return 0


def give_up_rights(*, cpu_seconds: int, memory_bytes: int) -> None:
    """No new file descriptor of any kind, no core dump, no file of any size, bounded time and memory."""
    limits = {
        resource.RLIMIT_NOFILE: sys.stderr.fileno() + 1,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_AS: memory_bytes,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))


if __name__ == "__main__":
    sys.exit(main())
