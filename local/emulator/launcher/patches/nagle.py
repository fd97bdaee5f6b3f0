"""Headers and body of an event leave for the Lambda in two writes. With Nagle's algorithm and delayed ACKs the second
waits for 40 ms, at every call; AWS adds no such wait."""

import socketserver

from targets import Target

TARGETS = (
    Target("ministack.core.lambda_runtime:ProvidedWorker._build_handler_class",
           contains=("BaseHTTPRequestHandler",)),
)


def apply():
    # The handler class is made anew for each environment, from this base.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
