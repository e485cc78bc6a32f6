"""Offline half: corpus → pipeline → report → registry. Imports `router`, never the reverse."""
