"""What runs inside the sandbox. It holds no test, no expected value and no secret, so a student may read all of it."""
