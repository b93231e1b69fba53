"""Documents as PDF: what the compiler may do, and what a text in the data can never do."""

import datetime as dt
import io
import json
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from unittest.mock import patch

import pytest
import typst
from pypdf import PdfReader

from ameli_notify.core import typesetting
from ameli_notify.core.typesetting import (
    MISSING,
    PROGRAM,
    TypesettingBusyError,
    TypesettingError,
    settable,
    typeset,
)

NOW = dt.datetime(2026, 11, 1, 10, tzinfo=dt.UTC)
HEAD = '#let data = json(bytes(sys.inputs.data))\n#set document(title: "Essai")\n#set text(lang: "fr")\n'
HOSTILE = (
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.1"',
    "#panic()",
    "#while true {}",
    "*gras* _italique_ `code`",
    "$ x^2 $",
    "= Titre",
    "<label> @label",
    "\\u{41} \\",
    "// commentaire /* */",
    "#sys.inputs",
    "\"guillemets\" 'simples' --- ... ~",
    "]#[ } {",
)


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """Shows every text of the data."""
    return written(tmp_path, "#for text in data.texts [#text #parbreak()]")


def written(folder: Path, body: str) -> Path:
    path = folder / "essai.typ"
    path.write_text(HEAD + body, encoding="utf-8")
    return path


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_shown_as_it_is(template: Path, text: str) -> None:
    assert text in text_of(typeset(template, {"texts": [text]}, made_at=NOW))


@pytest.mark.parametrize(
    "order",
    [
        '#read("/etc/passwd")',
        '#read("/proc/self/environ")',
        '#image("/usr/share/pixmaps/debian-logo.png")',
        '#import "@preview/cetz:0.3.1": *',
        '#import "/etc/hostname"',
        "#while true {}",
        "#panic()",
    ],
)
def test_even_a_template_can_open_nothing(tmp_path: Path, order: str) -> None:
    with patch.object(typesetting, "MOST_SECONDS", 5), pytest.raises(TypesettingError, match="status"):
        typeset(written(tmp_path, order), {}, made_at=NOW)


def test_it_is_the_kernel_that_refuses(tmp_path: Path) -> None:
    """The same template reads a file when nothing is given up."""
    template = written(tmp_path, '#read("/etc/hostname")')
    assert typst.Compiler(template.read_bytes(), root="/", sys_inputs={"data": "{}"}).compile(format="pdf")
    with pytest.raises(TypesettingError, match="status 3"):
        typeset(template, {}, made_at=NOW)


def test_the_process_gives_up_files_and_connections() -> None:
    """As the program does before it compiles: afterwards the kernel refuses both."""
    tried = (
        "import socket, sys; sys.path.insert(0, sys.argv[1]); import typesetter;"
        "typesetter.give_up_rights(cpu_seconds=5, memory_bytes=2 << 30);\n"
        "for work in (lambda: open('/etc/hostname'), lambda: socket.socket()):\n"
        "    try:\n        work()\n    except OSError as error:\n        print(error.errno)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", tried, str(PROGRAM.parent)], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.split() == ["24", "24"], "EMFILE"


def test_memory_is_bounded(tmp_path: Path) -> None:
    greedy = written(
        tmp_path,
        '#let grow(text, times) = if times == 0 { text } else { grow(text + text, times - 1) }\n#grow("abcdefgh", 40)',
    )
    with pytest.raises(TypesettingError, match="status"):
        typeset(greedy, {}, made_at=NOW)


def test_an_error_says_nothing_of_the_data(tmp_path: Path) -> None:
    with pytest.raises(TypesettingError) as caught:
        typeset(written(tmp_path, "#panic(data.name)"), {"name": "Yzelle"}, made_at=NOW)
    assert "Yzelle" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_process_inherits_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    def run(command: list[str], **options: object) -> "subprocess.CompletedProcess[bytes]":
        seen.update(options, command=command)
        return subprocess.CompletedProcess(command, 0, stdout=b"%PDF-")

    monkeypatch.setattr(subprocess, "run", run)
    typeset(written(tmp_path, "x"), {}, made_at=NOW)
    assert seen["env"] == {"RAYON_NUM_THREADS": "1"}
    assert seen["command"] == [sys.executable, "-I", str(PROGRAM)], "nothing personal among the arguments"


def test_a_crowd_is_told_to_wait(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = BoundedSemaphore(1)
    monkeypatch.setattr(typesetting, "_turns", turns)
    monkeypatch.setattr(typesetting, "TURN_SECONDS", 0.05)
    with turns, pytest.raises(TypesettingBusyError):
        typeset(template, {"texts": ["x"]}, made_at=NOW)
    assert typeset(template, {"texts": ["x"]}, made_at=NOW).startswith(b"%PDF-")


def test_every_character_that_passes_can_be_set(template: Path) -> None:
    """PDF/UA refuses a document with a character that no font has: none may pass ``settable``."""
    every = [chr(code) for code in range(0x3000) if settable(chr(code)) == chr(code)]
    assert {"é", "Œ", "ÿ", "€", "’", "«", "…", "−", "Ł", "\u00a0"} <= set(every)
    assert typeset(template, {"texts": ["".join(every)]}, made_at=NOW).startswith(b"%PDF-")


@pytest.mark.parametrize("odd", ["\0", "\x1b", "\u202e", "\u200b", "😀", "م", "中", "\ud800", "\ufffe", "\u00ad"])
def test_a_character_without_glyph_leaves_a_mark(template: Path, odd: str) -> None:
    assert settable({"a": [odd]}) == {"a": [MISSING]}
    assert MISSING in text_of(typeset(template, {"texts": [f"a{odd}b"]}, made_at=NOW))


def test_texts_are_composed_and_stay_on_their_line() -> None:
    assert settable("e\u0301\nx\ty") == "é x y"
    assert settable({"n": 1, "none": None, "yes": True}) == {"n": 1, "none": None, "yes": True}


def test_the_order_is_json(template: Path) -> None:
    """What is not JSON is an error of ours, told as such."""
    with pytest.raises(TypeError):
        typeset(template, {"texts": [NOW]}, made_at=NOW)
    json.dumps(settable({"texts": ["ok"]}))
