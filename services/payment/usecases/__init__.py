"""One function per intent: read a snapshot, decide in `domain`, apply with one guarded statement."""
