"""What each command does: pure functions from a command and the present state to a change, or a refusal."""
