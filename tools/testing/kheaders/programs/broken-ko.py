#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Write a module that exports a symbol whose namespace has no NUL at its end, because the
file ends before; with COUNT, as many symbols with names of up to a megabyte, which share
their bytes.

Usage: broken-ko.py FILE [COUNT]
"""

import struct
import sys

NAMES = b"\0__ksymtab_exported\0__kstrtabns_exported\0"
SECTIONS = b"\0__ksymtab\0__ksymtab_strings\0.symtab\0.strtab\0.shstrtab\0"


def symbol(name, section):
    """A global object at the start of a section, with the offset of its name"""
    return struct.pack("<IBBHQQ", name, 0x11, 0, section, 0, 0)


def section(name, kind, offset, data, link=0, size=0):
    """A section header"""
    return struct.pack("<IIQQQQIIQQ", SECTIONS.index(name), kind, 2, 0, offset, len(data),
                       link, 1, 1, size)


def main():
    names = NAMES
    symbols = [symbol(NAMES.index(b"__ksymtab_exported"), 1),
               symbol(NAMES.index(b"__kstrtabns_exported"), 2)]
    if len(sys.argv) > 2:
        names += b"__ksymtab_" * 100000 + b"\0"
        symbols += [symbol(len(NAMES) + 10 * i, 1) for i in range(int(sys.argv[2]))]
    symtab = bytes(24) + b"".join(symbols)
    datas = [(b"__ksymtab\0", 1, bytes(8), 0, 0), (b".symtab\0", 2, symtab, 3, 24),
             (b".strtab\0", 3, names, 0, 0), (b".shstrtab\0", 3, SECTIONS, 0, 0),
             (b"__ksymtab_strings\0", 1, b"NAMESPACE", 0, 0)]
    # In the file the strings come last, in the table of sections second.
    start = 64 + 6 * 64
    headers = []
    body = b""
    for name, kind, data, link, size in datas:
        headers.append(section(name, kind, start + len(body), data, link + 1 if link else 0, size))
        body += data
    headers = [bytes(64), headers[0], headers[4]] + headers[1:4]
    elf = b"\x7fELF\2\1\1" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, 64, 0, 64, 0, 0, 64, len(headers), 5)
    with open(sys.argv[1], "wb") as out:
        out.write(elf + b"".join(headers) + body)


main()
