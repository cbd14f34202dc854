# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks of the packages: they build, lintian is content, and they hold what they should."""

import os
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import package
from builds import BUILD_ROOT
from report import FAILED, PASSED, SKIPPED, Case

# Installing changes nothing: files in these places only, and no script that runs.
PLACES = (
    "./usr/bin/gpuhost",
    "./usr/lib/gpuhost/profile.d/default.yaml",
    "./usr/lib/modprobe.d/gpuhost.conf",
    "./usr/share/bash-completion/completions/gpuhost",
    "./usr/share/doc/gpuhost/*",
    "./usr/share/fish/vendor_completions.d/gpuhost.fish",
    "./usr/share/man/man?/gpuhost*",
    "./usr/share/zsh/*/_gpuhost",
)
CONTROL = {"control", "md5sums"}


def output(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def unpack(deb, folder):
    """Files of a package and the names of its control members."""
    shutil.rmtree(folder, ignore_errors=True)
    output("dpkg-deb", "--raw-extract", str(deb), str(folder))
    control = {path.name for path in (folder / "DEBIAN").iterdir()}
    shutil.rmtree(folder / "DEBIAN")
    files = [Path(where, name) for where, _, names in os.walk(folder) for name in names]
    return ["./" + str(path.relative_to(folder)) for path in files], control


def check_contents(deb, folder):
    files, control = unpack(deb, folder)
    found = [f"{name}: has no place in the package"
             for name in sorted(files) if not any(fnmatchcase(name, p) for p in PLACES)]
    found += [f"{name}: installing must change nothing" for name in sorted(control - CONTROL)]
    return Case("contents", FAILED if found else PASSED, "\n".join(found))


def check_debug_symbols(debs):
    """Where there is a program, its debug symbols have a package of their own."""
    names = [deb.name.partition("_")[0] for deb in debs]
    has_program = "./usr/bin/gpuhost" in output("dpkg-deb", "-c", str(debs[0]))
    good = names == ["gpuhost", "gpuhost-dbgsym"] or not has_program
    return Case("dbgsym", PASSED if good else FAILED, f"built only: {' '.join(names)}")


def check(release, progress):
    folder = (BUILD_ROOT / f"package-{release}").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        debs, lint = package.build(release, folder, progress.say)
    except package.Unavailable as error:
        return [Case("build", SKIPPED, reason=str(error))]
    except package.PackageError as error:
        return [Case("build", FAILED, str(error))]
    debs.sort(key=lambda deb: len(deb.name))
    return [
        Case("build", PASSED),
        Case("lintian", PASSED if lint else FAILED, lint.output),
        check_contents(debs[0], folder / "unpacked"),
        check_debug_symbols(debs),
    ]
