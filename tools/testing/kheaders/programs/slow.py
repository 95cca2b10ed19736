#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Run a command on a terminal, stopping it repeatedly so that it takes seconds, and print
its output.

Usage: slow.py COMMAND [ARG]...
"""

import os
import pty
import signal
import sys
import time


def main():
    pid, fd = pty.fork()
    if not pid:
        os.execvp(sys.argv[1], sys.argv[1:])
    while not os.waitpid(pid, os.WNOHANG)[0]:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.3)
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.02)
    try:
        while True:
            data = os.read(fd, 4096)
            if not data:
                break
            sys.stdout.buffer.write(data)
    except OSError:
        pass


main()
