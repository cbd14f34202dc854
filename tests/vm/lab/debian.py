# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian packages from wherever this machine's apt gets its own."""
import os
import shutil
import subprocess
from pathlib import Path

# What of the system's apt configuration decides whether a mirror can be used at all.
APT_OPTIONS = ("Acquire::http::Proxy", "Acquire::https::Proxy", "Acquire::Check-Valid-Until",
               "Acquire::Check-Date", "Acquire::Retries")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class Unavailable(Exception):
    """What was asked for is not to be had here; tests that need it are skipped with this reason."""


class Broken(Exception):
    """A program failed that has all it needs; tests that need its work fail."""


def call(*argv, error=Broken, **kw):
    """Runs a program; its output is in the exception if it fails."""
    p = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, errors="replace", **kw)
    if p.returncode:
        raise error(f"{argv[0]} failed with {p.returncode}:\n{p.stdout[-3000:]}")
    return p.stdout


def fetch(*argv, **kw):
    """The like for what comes from the archive, which may be out of reach."""
    return call(*argv, error=Unavailable, **kw)


def need(program, package):
    if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
        raise Unavailable(f"{program} is missing (package {package})")


def mirror():
    """The address of the Debian archive: what apt uses for this system's own release."""
    if "GPUHOST_LAB_MIRROR" in os.environ:
        return os.environ["GPUHOST_LAB_MIRROR"]
    system = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines()
                  if "=" in line)
    codename = system.get("VERSION_CODENAME", "").strip('"')
    targets = call("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
                   "Created-By: Packages")
    for line in targets.splitlines():
        uri, release, component = line.split()
        if system.get("ID") == "debian" and release == codename and component == "main":
            return uri
    raise Unavailable("apt has no Debian archive configured; set GPUHOST_LAB_MIRROR to one")


def apt_options():
    """-o options that carry the system's proxy and validity settings to an apt of our own."""
    wanted = {}
    for line in call("apt-config", "dump").splitlines():
        key, _, value = line.rstrip(";").partition(" ")
        if key in APT_OPTIONS and value.strip('"'):
            wanted[key] = value.strip('"')
    return [f"{k}={v}" for k, v in wanted.items()]


def as_root():
    """Prefix under which files of several owners can be handled: nothing for root."""
    return [] if os.geteuid() == 0 else ["unshare", "--map-auto", "--map-root-user", "--"]


def bootstrap(release, packages, root, *options):
    """Unpacks and configures a minimal system of that release in the folder root."""
    need("mmdebstrap", "mmdebstrap")
    argv = ["mmdebstrap", "--variant=minbase", "--include=" + ",".join(packages),
            "--aptopt=Apt::Install-Recommends \"false\"", "--dpkgopt=force-unsafe-io"]
    argv += [f"--dpkgopt=path-exclude=/usr/share/{d}/*" for d in ("doc", "man", "locale", "info")]
    for option in apt_options():
        key, value = option.split("=", 1)
        argv += [f"--aptopt={key} \"{value}\""]
    source = f"deb {mirror()} {release} main"
    if os.geteuid() == 0:
        fetch(*argv, "--mode=root", *options, release, root, source)
        return
    tar = root.with_suffix(".tar")
    fetch(*argv, "--mode=unshare", *options, release, tar, source)
    root.mkdir()
    call(*as_root(), "tar", "-C", root, "--exclude=./dev/*", "-xf", tar)
    tar.unlink()


def private_apt(folder, release, *, kind):
    """An apt that knows only that release's sources (deb-src) or packages (deb), for reading."""
    for d in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d"):
        (folder / d).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(
        f"{kind} [signed-by={KEYRING}] {mirror()} {release} main\n")
    options = [f"Dir::Etc::sourcelist={folder}/sources.list", "Dir::Etc::sourceparts=-",
               f"Dir::Etc::parts={folder}/etc/apt.conf.d", f"Dir::Etc::preferences=/dev/null",
               f"Dir::Etc::preferencesparts={folder}/etc/preferences.d",
               f"Dir::State={folder}", f"Dir::State::lists={folder}/lists",
               f"Dir::State::status={folder}/status", f"Dir::Cache={folder}/cache",
               "Acquire::Languages=none", "APT::Sandbox::User=", *apt_options()]
    argv = ["apt-get", "-q"] + [a for o in options for a in ("-o", o)]
    fetch(*argv, "update")
    return argv
