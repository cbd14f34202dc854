# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks of the packages: they build, lintian is content, and they hold what they should."""

import os
import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import package
from builds import BUILD_ROOT
from report import FAILED, PASSED, SKIPPED, Case
from run import run

# Installing changes nothing: files in these places only, and no script that runs then.
NEEDED = 3  # the first of these must be there
PLACES = (
    "./usr/lib/gpuhost/profile.d/default.yaml",
    "./usr/lib/modprobe.d/gpuhost.conf",
    "./usr/bin/gpuhost",
    "./usr/lib/dracut/modules.d/[0-9][0-9]gpuhost/*",
    "./usr/lib/gpuhost/gpuhost-*",
    "./usr/lib/gpuhost/grub.d/[0-9][0-9]_gpuhost",
    "./usr/lib/systemd/catalog/gpuhost.catalog",
    "./usr/lib/systemd/system-generators/gpuhost-generator",
    "./usr/lib/systemd/system/gpu-*",
    "./usr/lib/systemd/system/gpuhost*",
    "./usr/lib/udev/rules.d/[0-9][0-9]-gpuhost.rules",
    "./usr/share/bash-completion/completions/gpuhost",
    "./usr/share/doc/gpuhost/*",
    "./usr/share/fish/vendor_completions.d/gpuhost.fish",
    "./usr/share/gpuhost/*",
    "./usr/share/initramfs-tools/hooks/zz-gpuhost",
    "./usr/share/initramfs-tools/scripts/init-top/gpuhost",
    "./usr/share/man/man?/gpu-*",
    "./usr/share/man/man?/gpuhost*",
    "./usr/share/zsh/*/_gpuhost",
)
CONTROL = {"control", "md5sums", "prerm", "postrm"}  # these undo what apply did, at removal alone
RPM_PLACES = (*PLACES, "./usr/lib/.build-id/*", "./usr/share/licenses/gpuhost*")


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


def misplaced(files, places):
    """Each file must have a place, and some must be there."""
    found = [f"{name}: has no place in the package"
             for name in sorted(files) if not any(fnmatchcase(name, p) for p in places)]
    return found + [f"{name}: is missing" for name in places[:NEEDED] if name not in files]


def check_contents(deb, folder):
    files, control = unpack(deb, folder)
    found = misplaced(files, PLACES)
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
        # On the release that we run on, others run the tests.
        debs, lint = package.build(release, folder, progress.say, tests=release != package.here())
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


def rpm_contents(package):
    names = ["." + line for line in output("rpm", "-qlp", str(package)).splitlines()]
    files = [name for name in names if Path(package.parent, "root", name).is_file()]
    found = misplaced(files, RPM_PLACES)
    scripts = re.findall(r"^(\S+) (?:scriptlet|program|script)", output(
        "rpm", "-qp", "--scripts", "--triggers", str(package)), re.M)
    if scripts != ["preuninstall", "postuninstall"]:
        found.append(f"only removing may change something, but there is {' '.join(scripts)}")
    return Case("contents", FAILED if found else PASSED, "\n".join(found))


def unpack_rpm(rpm):
    """Beside it, into root/."""
    root = rpm.parent / "root"
    root.mkdir()
    archive = subprocess.run(["rpm2cpio", str(rpm)], capture_output=True, check=True).stdout
    subprocess.run(["cpio", "-id", "--quiet"], input=archive, cwd=root, check=True)


def check_rpm(progress):
    """The spec, with rpmbuild as Debian has it: no Fedora, so build requirements go unchecked."""
    top = (BUILD_ROOT / "rpm").resolve()
    shutil.rmtree(top, ignore_errors=True)
    (top / "SOURCES").mkdir(parents=True)
    tree = package.copy(top)
    archive = top / "SOURCES" / f"{tree.name}.tar.xz"
    output("tar", "-C", str(top), "-caf", str(archive), tree.name)
    ran = run(
        ["rpmbuild", "-bb", "--nodeps", "--nocheck", "--load", "packaging/rpm/macros.debian",
         "--define", f"_topdir {top}", "--define", f"_tmppath {top}",
         "packaging/rpm/gpuhost.spec"],
        say=progress.say,
    )
    packages = sorted(top.glob("RPMS/*/gpuhost-[0-9]*.rpm"))
    if not ran or not packages:
        return [Case("build", FAILED, ran.output)]
    unpack_rpm(packages[0])
    return [Case("build", PASSED), rpm_contents(packages[0])]
