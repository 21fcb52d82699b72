"""The version of this build, as installed."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("tradingfloor")
except PackageNotFoundError:  # a source tree on the path, not installed
    VERSION = "0+unknown"
