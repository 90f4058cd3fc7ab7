"""`python -m bench`."""

from bench.suites.grpc_and_forks import import_grpc_without_fork_handlers


def main() -> None:
    """Runs the command line."""
    import_grpc_without_fork_handlers()
    from bench.command_line import app  # Only now: most of what it needs imports gRPC.

    app()


if __name__ == "__main__":
    main()
