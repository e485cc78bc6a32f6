"""How the costs grow with the work: curves over powers of ten, and the exponent of each."""
