"""Children and ports, as the operating system tells them."""

import os
import socket
import subprocess
import sys

from bench.suites.process_inspection import children, port_of
from tests.support.wait_until import block_until


def test_a_process_is_called_by_the_last_word_of_its_command_line():
    child = subprocess.Popen([sys.executable, "-c", "input()", "serve", "gateway"], stdin=subprocess.PIPE)
    try:
        # The kernel's list may miss one in the moment in which a sibling ends.
        block_until(lambda: children(os.getpid()).get("gateway") == child.pid)
    finally:
        child.communicate(b"\n")


def test_a_port_belongs_to_whoever_listens_on_it():
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_server(("127.0.0.1", 0)) as other:
        port, unasked = listening.getsockname()[1], other.getsockname()[1]
        assert port_of(os.getpid(), frozenset({port, 1})) == port
        assert port_of(os.getppid(), frozenset({port, unasked})) is None
