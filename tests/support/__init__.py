"""What the suites against the running server share: starting it, speaking to it, checking every answer, making pictures."""
