"""The version: read by the build, shown in user agents and traces."""

__version__ = "2.0.0.dev0"
