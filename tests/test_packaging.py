"""The package as others get it: sdist, wheel, and every module imported from the wheel.

The four folders under `src/cospec` are links; a wheel must hold real files in their place.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: What pip says when it cannot reach a package index.
OFFLINE = ("No matching distribution", "Could not find a version", "connection", "Connection")


def pip(*arguments: str) -> None:
    """Run pip; without a package index, skip the test."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
    )
    if done.returncode and any(sign in done.stdout + done.stderr for sign in OFFLINE):
        pytest.skip("the build back end cannot be fetched: no package index")
    assert done.returncode == 0, done.stdout + done.stderr


def build_sdist(folder: Path) -> Path:
    """The source distribution, made in an environment of its own as `pip` does it."""
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "pip", "-q", "--disable-pip-version-check", "install", "setuptools>=80"],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip("the build back end cannot be fetched: no package index")
    program = f"from setuptools.build_meta import build_sdist; build_sdist({str(folder)!r})"
    subprocess.run([python, "-c", program], cwd=ROOT, check=True, capture_output=True)
    (sdist,) = folder.glob("cospec-*.tar.gz")
    return sdist


@pytest.mark.slow
def test_every_module_imports_from_a_wheel_built_from_the_sdist(tmp_path) -> None:
    sdist = build_sdist(tmp_path)
    with tarfile.open(sdist) as archive:
        packed = {member.name.split("/", 1)[-1]: member for member in archive.getmembers()}
    for name in ("README.md", "LICENSE", "pyproject.toml", "src/cospec/spec/syntax/cspm.lark"):
        assert packed[name].isfile(), f"{name} must be a real file in the sdist"
    assert not [name for name in packed if name.startswith("tests")], "a part that cannot run"

    pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(sdist))
    (wheel,) = tmp_path.glob("cospec-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"cospec"}
    for name in (
        "py.typed",
        "spec/syntax/cspm.lark",
        "spec/syntax/catalogue/names.md",
        "spec/library/dining_philosophers.csp",
        "explorer/explorer.js",
        "explorer/explorer.css",
        "explorer/vendor/cytoscape.min.js",
        "explorer/vendor/LICENSE",
    ):
        assert f"cospec/{name}" in names
    licences = [name for name in names if ".dist-info/licenses/" in name]
    assert len(licences) == 2, "ours, and that of what is vendored"

    here = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(here)
    program = f"""
import sys
sys.path.insert(0, {str(here)!r})
import importlib, pathlib, pkgutil, cospec
assert pathlib.Path(cospec.__file__).is_relative_to({str(here)!r}), cospec.__file__
names = [m.name for m in pkgutil.walk_packages(cospec.__path__, "cospec.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
from cospec.cli import main
main(["check", {str(here / "cospec/spec/library/bounded_buffer.csp")!r}])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert int(done.stdout.split("\n")[0]) > 30


def test_version_is_the_same_everywhere() -> None:
    import tomllib

    import cospec

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert project["version"] == cospec.__version__
    assert f"## [{cospec.__version__}]" in changelog


def test_the_links_are_relative() -> None:
    for name in ("spec", "checker", "models", "proofs"):
        link = ROOT / "src" / "cospec" / name
        assert link.is_symlink()
        assert link.readlink() == Path("../..") / name
