"""The folder that a demo or a server works in: one of them at a time, nothing left over, nothing else touched."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.core.processes import end_processes

VARIABLE: Final = "AMELI_STARTED_IN"
"""Environment variable by which every process started here is known again: its value is the folder."""

LOCK_FILE: Final = "started.lock"
MARK_FILE: Final = "made-by-demo.txt"
_MARK_TEXT: Final = "Dossier de la démonstration : la commande demo l’efface et le refait à chaque fois.\n"


class HomeError(RuntimeError):
    """The folder cannot be used; the message is one French sentence for the terminal."""


@contextmanager
def private_files() -> Iterator[None]:
    """Folders and files made in the block, by us and by the processes that we start, are for our account alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder for ourselves, after ending what a killed predecessor left. Raises HomeError.

    The lock goes with its process, so whatever bears the folder's mark while we hold it is a leftover.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_FILE).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeError(
                f"Un serveur ou une démonstration tourne déjà dans {folder} : arrêtez-le d’abord."
            ) from None
        end_processes(VARIABLE, str(folder))
        yield


def start_clean(folder: Path) -> None:
    """Empty the demo's folder, its database server stopped first. Raises HomeError for a folder of somebody else."""
    mark = folder / MARK_FILE
    if not mark.exists() and any(path.name != LOCK_FILE for path in folder.iterdir()):
        raise HomeError(f"{folder} n’a pas été fait par la démonstration : rien n’a été effacé.")
    # First of all, so that an interrupted cleaning goes on next time.
    mark.write_text(_MARK_TEXT, encoding="utf-8")
    EmbeddedPostgres(folder).stop(mode="immediate")
    for path in folder.iterdir():
        if path.name in {LOCK_FILE, MARK_FILE}:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
