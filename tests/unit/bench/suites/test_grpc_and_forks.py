"""A process that uses gRPC and starts programs says nothing of it."""

import subprocess
import sys

PROGRAM = """
import asyncio
import uvloop
from bench.suites.grpc_and_forks import import_grpc_without_fork_handlers
import_grpc_without_fork_handlers()
import grpc

async def main():
    async with grpc.aio.insecure_channel("127.0.0.1:9") as channel:
        try:
            await channel.unary_unary("/nobody/Listens")(b"")
        except grpc.aio.AioRpcError:
            child = await asyncio.create_subprocess_exec("env", start_new_session=True)
            await child.wait()

uvloop.run(main())
"""


def test_grpc_does_not_complain_of_forks_and_children_are_told_nothing():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "PATH=" in done.stdout
    assert "FORK_SUPPORT" not in done.stdout
