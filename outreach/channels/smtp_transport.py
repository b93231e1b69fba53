"""One non-blocking connection, plain or TLS, that knows how many of its bytes have really left."""

import selectors
import socket
import ssl
from contextlib import suppress

READ = selectors.EVENT_READ
READ_WRITE = selectors.EVENT_READ | selectors.EVENT_WRITE
CHUNK = 65536
Address = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


class Transport:
    """Bytes in, bytes out, on a selector owned by the caller.

    `queued` and `sent` count bytes of the socket since the connection began (cipher text under TLS):
    bytes queued when `queued` stood at q have begun to leave if and only if `sent > q`.
    A failed write isn't reported at once: replies may still wait in the socket, and the next `receive`
    tells them before it tells the end.
    """

    def __init__(self, selector: selectors.BaseSelector, address: Address, *, data: object) -> None:
        family, target = address
        self.queued = 0
        self.sent = 0
        self.is_connected = False
        self._selector = selector
        self._data = data
        self._pending = b""
        self._is_broken = False
        self._tls: ssl.SSLObject | None = None
        self._tls_in = ssl.MemoryBIO()
        self._tls_out = ssl.MemoryBIO()
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(BlockingIOError):  # the selector reports the end of the attempt as writable
                self._socket.connect(target)
            selector.register(self._socket, READ_WRITE, data)
        except BaseException:
            self._socket.close()
            raise

    def finish_connect(self) -> None:
        """Raises OSError when the connection was refused."""
        error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, "connection failed")
        self.is_connected = True
        self._selector.modify(self._socket, READ, self._data)

    def begin_tls(self, context: ssl.SSLContext, *, host: str) -> None:
        """Bytes received in the clear and not yet read are the caller's to forget."""
        self._tls = context.wrap_bio(self._tls_in, self._tls_out, server_hostname=host)
        self.advance_tls()

    def advance_tls(self) -> bool:
        """True once the TLS handshake is over. Raises ssl.SSLError when it failed."""
        if self._tls is None:
            raise RuntimeError("TLS was not begun")
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._push(self._tls_out.read())
        return True

    def write(self, data: bytes) -> None:
        if self._tls is None:
            self._push(data)
            return
        try:
            self._tls.write(data)
        except ssl.SSLError:
            self._is_broken = True
        self._push(self._tls_out.read())

    def _push(self, data: bytes) -> None:
        if not data:
            return
        self.queued += len(data)
        if self._pending:
            self._pending += data
            return
        left = self._send(data)
        if left:
            self._pending = left
            self._selector.modify(self._socket, READ_WRITE, self._data)

    def _send(self, data: bytes) -> bytes:
        """What could not be sent yet."""
        if self._is_broken:
            return b""
        try:
            count = self._socket.send(data)
        except BlockingIOError:
            return data
        except OSError:
            self._is_broken = True
            return b""
        self.sent += count
        return data[count:]

    def flush(self) -> bool:
        """Send what waited; True when nothing waits any more."""
        if self._pending:
            self._pending = self._send(self._pending)
            if not self._pending:
                self._selector.modify(self._socket, READ, self._data)
        return not self._pending

    def receive(self) -> bytes | None:
        """Bytes that came, b"" when none can be read yet, None at the end of the connection."""
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            return None
        if not data:
            return None
        return data if self._tls is None else self._read_tls(data)

    def receive_tls_handshake(self) -> bool:
        """Feed the handshake what came; False at the end of the connection."""
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._tls_in.write(data)
        return bool(data)

    def read_decrypted(self) -> bytes | None:
        """What arrived together with the end of the TLS handshake."""
        return self._read_tls(b"")

    def _read_tls(self, data: bytes) -> bytes | None:
        if self._tls is None:
            raise RuntimeError("TLS was not begun")
        self._tls_in.write(data)
        plain = []
        try:
            while piece := self._tls.read(CHUNK):
                plain.append(piece)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            return b"".join(plain) or None
        finally:
            self._push(self._tls_out.read())
        return b"".join(plain)

    def close(self) -> None:
        self._selector.unregister(self._socket)
        self._socket.close()
