#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Lock each file and directory that can be opened, print their names, and keep the locks
until killed.

Usage: lockall.py DIR
"""

import fcntl
import os
import signal
import sys


def main():
    locked = 0
    for directory, _, files in os.walk(sys.argv[1]):
        for path in [directory] + [os.path.join(directory, name) for name in files]:
            try:
                fcntl.flock(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), fcntl.LOCK_EX)
                locked += 1
            except PermissionError:
                pass
    print(locked, flush=True)
    signal.pause()


main()
