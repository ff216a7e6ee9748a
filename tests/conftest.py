"""What every test may use; labs are started by the tests that need one."""
