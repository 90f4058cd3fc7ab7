"""What every command shares: how it ends, how amounts and times are shown, what a shell completes."""
