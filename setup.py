"""Lay the top-level folders under one import root; see CONTRIBUTING, "One import root"."""

from setuptools import find_packages, setup

FOLDERS = {
    "tradingfloor": "src/tradingfloor",
    "tradingfloor.actors": "actors",
    "tradingfloor.gateway": "gateway",
    "tradingfloor.storage": "storage",
    "tradingfloor.v1": "protos/tradingfloor/v1",
}
# The relative links that type checkers follow (src/tradingfloor/actors, ...) are not packages.
LINKS = ("actors*", "gateway*", "storage*", "v1*")

packages = []
for root, folder in FOLDERS.items():
    packages.append(root)
    exclude = LINKS if root == "tradingfloor" else ()
    packages += [f"{root}.{name}" for name in find_packages(folder, exclude=exclude)]

setup(package_dir=FOLDERS, packages=packages)
