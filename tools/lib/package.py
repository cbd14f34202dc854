# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds the Debian package: for the release we run on, or in a root of the other one."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from run import run

TOP = Path(__file__).resolve().parents[2]
DEBIAN = TOP / "packaging" / "debian"
LAB = TOP / "tests" / "vm"
RELEASES = {12: "bookworm", 13: "trixie"}

# Rules for uploads to Debian's archive, which this is not.
NOT_OURS = "initial-upload-closes-no-bugs,bogus-mail-host-in-debian-changelog"


class PackageError(Exception):
    """The package does not build."""


class Unavailable(PackageError):
    """It cannot be built here at all."""


def here():
    """The Debian release that we run on, or None."""
    text = Path("/etc/os-release").read_text()
    match = re.search(r'^VERSION_ID="?(\d+)"?$', text, re.M)
    is_debian = re.search(r"^ID=debian$", text, re.M)
    return int(match[1]) if match and is_debian else None


def version():
    return re.search(r"^gpuhost \((\S+)\)", (DEBIAN / "changelog").read_text())[1]


def source(folder):
    """A source tree as dpkg-buildpackage wants it."""
    tree = copy(folder)
    shutil.copytree(tree / "packaging" / "debian", tree / "debian")
    return tree


def copy(folder):
    """The tree's files that git knows or would add, in folder/gpuhost-VERSION."""
    tree = Path(folder, f"gpuhost-{version()}")
    argv = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(argv, cwd=TOP, capture_output=True, check=True).stdout
    for name in filter(None, map(os.fsdecode, listed.split(b"\0"))):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (TOP / name).is_symlink() or (TOP / name).exists():
            shutil.copy2(TOP / name, target, follow_symlinks=False)
    return tree


def build_dependencies():
    """Names in Build-Depends: the first of alternatives, without versions and profiles."""
    field = re.search(r"^Build-Depends:((?:\n? .*)+)", (DEBIAN / "control").read_text(), re.M)[1]
    names = [re.match(r"[a-z0-9.+-]+", item.strip()) for item in field.split(",")]
    return ["build-essential", "debhelper", *(m[0] for m in names if m and "debhelper" not in m[0])]


def builder(release):
    """A root of that release with what the build needs, from the cache of the virtual host."""
    if not (LAB / "lab").is_dir():
        raise Unavailable(f"no root of Debian {release} can be made without tests/vm")
    sys.path.insert(0, str(LAB))
    sys.dont_write_bytecode = True
    from lab import cache, debian

    wanted = sorted({*build_dependencies(), "lintian"})

    def make(out):
        debian.bootstrap(RELEASES[release], wanted, out / "root")

    return cache.thing(f"builder-{release}", make, release, *wanted) / "root", debian.as_root()


BUILD = ["dpkg-buildpackage", "-b", "-us", "-uc", "--jobs=auto"]
LINTIAN = ["lintian", "--info", "--fail-on", "error,warning", "--suppress-tags", NOT_OURS,
           "--allow-root"]
ENV = {"LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


def inside(release, folder, argv, cwd):
    """argv made to run in cwd beneath folder, in a root of that release where we run another."""
    if release == here():
        return argv, {"cwd": Path(folder, cwd), "env": ENV}
    root, as_root = builder(release)
    isolated = ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={root}/proc"]
    script = 'mount --bind "$1" "$2/mnt" && exec chroot "$2" env -C "/mnt/$3" "${@:4}"'
    shell = ["bash", "-c", script, "bash", str(folder), str(root), cwd]
    return [*as_root, *isolated, *shell, *argv], {"env": {**ENV, "HOME": "/tmp"}}


def build(release, folder, say=lambda line: None, tests=True):
    """Build and lint in folder, which must be empty. Returns the packages and what lintian said."""
    tree = source(folder)
    without = [] if tests else ["env", "DEB_BUILD_OPTIONS=nocheck"]
    argv, how = inside(release, folder, [*without, *BUILD], tree.name)
    ran = run(argv, say=say, **how)
    if not ran:
        raise PackageError(ran.output)
    changes = [p.name for p in Path(folder).glob("*.changes")]
    argv, how = inside(release, folder, [*LINTIAN, *changes], ".")
    return sorted(Path(folder).glob("*.deb")), run(argv, say=say, **how)


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/package", description="Build the Debian package.", allow_abbrev=False
    )
    parser.add_argument("--release", type=int, choices=RELEASES, default=here(),
                        help="Debian release to build for (default: the one we run on)")
    parser.add_argument("--output", metavar="DIR", default=".", type=Path,
                        help="where to put the packages (default: here)")
    return parser.parse_args()


def main():
    args = arguments()
    if args.release is None:
        sys.exit("tools/package: this is not Debian; say which --release to build for")
    with tempfile.TemporaryDirectory() as folder:
        try:
            packages, lint = build(args.release, folder)
        except PackageError as error:
            sys.exit(f"tools/package: {error}")
        sys.stderr.write(lint.output)
        for package in packages:
            print(shutil.copy(package, args.output))


if __name__ == "__main__":
    main()
