"""What the router costs, and what it withstands: measured, printed, and compared by tests with what README states."""
