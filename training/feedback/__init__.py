"""What agents decided, from the store to the fit: pulled into a file, contradictions settled, agreement measured."""
