#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Let each system call of the kheaders command fail, one at a time, with strace: the
command must fail with status 1 and a message, or succeed with a correct result; and the
next call, without a fault, must succeed.

Usage: faults.py KHEADERS ARCHIVE GOOD DIR COMMAND [STEP]

ARCHIVE is a small archive, GOOD a tree of it, DIR a directory for output. COMMAND is one
of COMMANDS. Every STEPth fault is injected, by default all, and EIO in each call that names
a link, a lock or a directory of modules. Prints failures, and their number.
"""

import collections
import errno
import os
import re
import shutil
import subprocess
import sys

# Ways to fail, and calls that the C library makes itself: it aborts, or ignores it.
ERRNOS = "EINTR", "ENOSPC", "EIO", "EINVAL"
NOT = {"brk", "exit_group", "exit", "futex", "rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "munmap",
       "mprotect", "madvise", "set_robust_list", "rseq", "execve", "restart_syscall", "wait4",
       "vfork", "clone", "clone3"}
ALWAYS = re.compile(r'"(build|source|\.(build|source)[.-][^"]*|\.lock[^"]*|/[^"]*/modules[^"]*)"')
# Some file systems have no locks, and say it so.
NO_LOCKS = "flock", "EINVAL"
RELEASE = "9.9.9-test"
MARK = ".kheaders-complete"
MAKES = {"scripts/basic/fixdep", "scripts/mod/modpost"}


def files_of(top):
    """The files of a tree: their names and contents"""
    found = {}
    for directory, _, files in os.walk(top):
        for name in files:
            path = os.path.join(directory, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, top)] = f.read()
    found.pop(MARK, None)
    return found


class Command:
    """A command, the state before it and the state required after it"""

    def __init__(self, program, archive, good, top):
        self.cache = os.path.join(top, "cache")
        self.archive = archive
        self.good = files_of(good)
        self.top = top
        self.log = os.path.join(top, "strace.log")
        self.words = [program] + self.arguments()
        self.trace = ["-f"]

    def run(self, *before):
        """Exit status, stdout, stderr"""
        done = subprocess.run([*before, *self.words], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr

    def prepare(self):
        """Restore the state before the command"""
        shutil.rmtree(self.cache, ignore_errors=True)

    def is_tree(self, path):
        """Is a tree complete, apart from programs?"""
        found = files_of(path)
        return {name: data for name, data in found.items() if name not in MAKES} == self.good

    def is_right(self, stdout):
        """Is the state right after success?"""
        raise NotImplementedError

    def is_harmless(self):
        """Is the state right after failure?"""
        return True

    def arguments(self):
        """The command line"""
        raise NotImplementedError


class Path(Command):
    """kheaders path, on a cold cache"""

    def arguments(self):
        return ["path", "--archive", self.archive, "--cache", self.cache]

    def is_right(self, stdout):
        path = stdout.rstrip("\n")
        return os.path.dirname(path) == self.cache and self.is_tree(path)


class PathAgain(Path):
    """kheaders path, on a warm cache"""

    def prepare(self):
        super().prepare()
        subprocess.run(self.words, check=True, capture_output=True)


class Extract(Command):
    """kheaders extract, into a new directory"""

    def arguments(self):
        self.out = os.path.join(self.top, "out")
        return ["extract", "--archive", self.archive, self.out]

    def prepare(self):
        shutil.rmtree(self.out, ignore_errors=True)

    def is_right(self, stdout):
        return self.is_tree(self.out)

    def is_harmless(self):
        there = os.listdir(self.out) if os.path.isdir(self.out) else []
        harmless = set(there) <= {".kheaders-new"}
        self.prepare()
        return harmless


def make_tree(path):
    """Make a directory that is taken for a whole tree"""
    os.makedirs(os.path.join(path, "include"))
    for name in "include/a.h", MARK:
        with open(os.path.join(path, name), "w", encoding="ascii"):
            pass


class Link(Command):
    """kheaders link with a dangling build and source; make is a fake"""

    def arguments(self):
        self.modules = os.path.join(self.top, "modules")
        self.dir = os.path.join(self.modules, RELEASE)
        self.build, self.source = (os.path.join(self.dir, name) for name in ("build", "source"))
        return ["link", "--archive", self.archive, "--release", RELEASE, "--cache", self.cache,
                "--modules", self.modules]

    def prepare(self):
        super().prepare()
        self.trace = []
        shutil.rmtree(self.modules, ignore_errors=True)
        os.makedirs(self.dir)
        for link in self.build, self.source:
            os.symlink("/mnt/none/" + os.path.basename(link), link)

    def is_right(self, stdout):
        return self.is_tree(self.build) and self.is_tree(self.source) and \
            all(os.access(os.path.join(self.build, name), os.X_OK) for name in MAKES)

    def is_harmless(self):
        """Each link leads to where it led, or to the tree while that is kept."""
        for link in self.build, self.source:
            was = "/mnt/none/" + os.path.basename(link)
            saved = os.path.join(self.dir, f".{os.path.basename(link)}.before-kheaders")
            if os.readlink(link) != was and \
               not (self.is_tree(link) and os.path.islink(saved) and os.readlink(saved) == was):
                return False
        return True


class Unlink(Link):
    """kheaders unlink, of both links"""

    def arguments(self):
        return ["unlink"] + super().arguments()[1:]

    def prepare(self):
        super().prepare()
        subprocess.run([self.words[0], "link", *self.words[2:]], check=True, capture_output=True)

    def is_right(self, stdout):
        return sorted(os.listdir(self.dir)) == ["build", "source"] and \
            all(os.readlink(link) == "/mnt/none/" + os.path.basename(link)
                for link in (self.build, self.source))


class Clean(Link):
    """
    kheaders clean: the tree of a removed kernel and leftovers go; a tree with a link to it
    and that of an installed kernel stay.
    """

    def arguments(self):
        self.gone = os.path.join(self.cache, "4.19.0-0123456789abcdef")
        self.new = os.path.join(self.cache, ".new-1.2")
        self.installed = os.path.join(self.cache, "5.5.5-0123456789abcdef")
        return ["clean"] + super().arguments()[3:]

    def prepare(self):
        super().prepare()
        subprocess.run([self.words[0], "link", "--archive", self.archive, *self.words[2:]],
                       check=True, capture_output=True)
        for path in self.gone, self.new, self.installed:
            make_tree(path)
        for release in "4.19.0", "5.5.5":
            os.makedirs(os.path.join(self.modules, release))
        os.symlink(self.gone, os.path.join(self.modules, "4.19.0/build"))
        make_tree(os.path.join(self.modules, "5.5.5/kernel"))

    def is_right(self, stdout):
        return not os.path.exists(self.gone) and not os.path.exists(self.new) and \
            not os.path.lexists(os.path.join(self.modules, "4.19.0/build")) and \
            self.is_harmless()

    def is_harmless(self):
        return Link.is_right(self, "") and os.path.exists(self.installed)


COMMANDS = {"path": Path, "path-again": PathAgain, "extract": Extract, "link": Link,
            "unlink": Unlink, "clean": Clean}


def calls_of(command):
    """
    The calls after the beginning of main(): their names, their numbers among the calls of that
    name, and whether they name a file that always counts
    """
    command.prepare()
    status, stdout, stderr = command.run("strace", "-qq", *command.trace, "-o", command.log)
    if status or not command.is_right(stdout):
        sys.exit(f"undisturbed: status {status}: {stderr}")
    begun = False
    total = collections.Counter()
    calls = []
    with open(command.log, encoding="utf-8", errors="replace") as log:
        for line in log:
            match = re.match(r"(?:\d+ +)?([a-z_0-9]+)\(", line)
            if not match:
                continue
            begun = begun or 'openat(AT_FDCWD, "/", O_RDONLY|O_PATH)' in line or \
                'openat(AT_FDCWD, "/", O_PATH)' in line
            total[match[1]] += 1
            if begun and match[1] not in NOT:
                calls.append((match[1], total[match[1]], bool(ALWAYS.search(line))))
    if not begun:
        sys.exit("main() not found in what strace printed")
    return sorted(calls)


def was_injected(command):
    """Did the fault happen?"""
    with open(command.log, encoding="utf-8", errors="replace") as log:
        return "(INJECTED)" in log.read()


def verdict(command, status, stdout, stderr):
    """A description of the failure, or None"""
    lines = stderr.splitlines()
    if status == 0:
        if not command.is_right(stdout):
            return "status 0, and what is there is not right"
    elif status != 1:
        return f"status {status}: {stderr}"
    elif not any(line.startswith("kheaders: ") and "warning" not in line for line in lines):
        return f"status 1, and it says: {stderr}"
    elif not command.is_harmless():
        return "status 1, and half of it is there"
    if isinstance(command, Extract) and status == 0:
        return None
    status, stdout, stderr = command.run()
    if status or not command.is_right(stdout):
        return f"the next call: status {status}: {stderr}"
    return None


def main():
    program, archive, good, top, name = sys.argv[1:6]
    step = int(sys.argv[6]) if len(sys.argv) > 6 else 1
    command = COMMANDS[name](program, archive, good, top)
    faults = [(call, n, error, always and error == "EIO")
              for call, n, always in calls_of(command) for error in ERRNOS]
    injected = wrong = 0
    for i, (call, n, error, always) in enumerate(faults):
        if i % step and not always or (call, error) == NO_LOCKS:
            continue
        assert hasattr(errno, error)
        command.prepare()
        result = command.run("strace", "-qq", *command.trace, "-o", command.log, "-e", f"trace={call}",
                             "-e", f"inject={call}:error={error}:when={n}")
        injected += was_injected(command)
        what = verdict(command, *result)
        if what:
            wrong += 1
            print(f"{name}: {call} {n} {error}: {what}")
    print(f"{name}: {injected} faults, {wrong} wrong")
    sys.exit(1 if wrong or not injected else 0)


main()
