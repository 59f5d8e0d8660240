"""The parts of data-transform, one concern a module."""
