"""Each execution environment has a server of its own for the runtime API, which looks ten times a second whether it is to
end. With a few hundred environments that is thousands of threads a second that want the one Python interpreter, and they
get in each other's way until the machine does little else (load 900 with 400 idle environments). A server that waits for
its next connection need not look: whoever ends it knocks."""

import contextlib
import socket
import socketserver

from targets import Target

RUNTIME = "ministack.core.lambda_runtime"
TARGETS = (
    Target(f"{RUNTIME}:ProvidedWorker._spawn", contains=("socketserver.ThreadingTCPServer", "self._server.serve_forever")),
    Target(f"{RUNTIME}:ProvidedWorker._shutdown_server", contains=("server.shutdown()",)),
    Target("socketserver:BaseServer.serve_forever", contains=("selector.select(poll_interval)", "self.__shutdown_request")),
    Target("socketserver:BaseServer.shutdown", contains=("self.__shutdown_request = True", "self.__is_shut_down.wait()")),
)

KNOCK_TIMEOUT = 1


def apply():
    serve_forever, shutdown = socketserver.TCPServer.serve_forever, socketserver.TCPServer.shutdown

    def serve_without_looking(self, poll_interval=None):
        serve_forever(self, poll_interval=None)

    def shutdown_with_a_knock(self):
        self._BaseServer__shutdown_request = True  # before the knock, or the server would wait for the next one
        with contextlib.suppress(OSError):
            socket.create_connection(self.server_address, timeout=KNOCK_TIMEOUT).close()
        shutdown(self)

    socketserver.TCPServer.serve_forever = serve_without_looking
    socketserver.TCPServer.shutdown = shutdown_with_a_knock
