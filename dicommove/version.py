"""The version, here alone: also a checkout that is not installed knows it, and the build reads it."""

__version__ = "0.1.0"
