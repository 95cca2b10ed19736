#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Make archives for tests of the kheaders command: good-*, which must be accepted, odd-*,
of which only some uses are refused, and bad-*, which must be refused. DIR/list has a
line for each bad-*: the name, and a regular expression for the message.

Usage: archives.py DIR [PIECE] | --kit FILE [SYMVERS [RELEASE]]

FILE becomes an archive with a GNUmakefile and, according to its .kheaders, symbol
versions. PIECE is a piece that the packer has made, for good-part.tar.xz, an archive of
half a megabyte.
"""

import io
import lzma
import os
import sys
import tarfile

RELEASE = "9.9.9-test"
LAST = "scripts/last"
INFO = f"LAYOUT=1\nRELEASE={RELEASE}\nARCH=um\nSRCARCH=um\n" \
       "CC_VERSION_TEXT='gcc (Debian 12.2.0) 12.2.0'\nTOOLS=source\nSYMVERS=no\n" \
       f"ID=0123456789abcdef\nLAST={LAST}\n"


def member(name, data=b"", kind=tarfile.REGTYPE, mode=0o644, **more):
    """A member of an archive, as tarfile takes it"""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = mode
    info.size = len(data)
    for key, value in more.items():
        setattr(info, key, value)
    return info, data


def directory(name):
    return member(name, kind=tarfile.DIRTYPE, mode=0o755)


def symlink(name, target):
    return member(name, kind=tarfile.SYMTYPE, linkname=target)


def hardlink(name, target):
    return member(name, kind=tarfile.LNKTYPE, linkname=target)


def tar(members, fmt=tarfile.USTAR_FORMAT):
    """The bytes of a tar, without the blocks at its end"""
    return b"".join(info.tobuf(fmt, errors="surrogateescape") + data + b"\0" * (-len(data) % 512)
                    for info, data in members)


def xz(data, **options):
    options.setdefault("preset", 0)
    return lzma.compress(data, check=lzma.CHECK_CRC32, **options)


END = xz(b"\0" * 1024)
HEAD = [member("./.kheaders", INFO.encode())]
BODY = [
    directory("./include"),
    directory("./include/linux"),
    member("./include/linux/kconfig.h", b"#define A 1\n" * 100),
    member("./include/linux/types.h", b"typedef int a;\n" * 3),
    directory("./scripts"),
    member("./scripts/run", b"#!/bin/sh\n", mode=0o755),
]
TAIL = [member("./" + LAST, b"the end\n")]


def archive(*more, fmt=tarfile.USTAR_FORMAT):
    """An archive of several streams, like the packer's"""
    return xz(tar(HEAD)) + xz(tar(BODY + list(more), fmt)) + xz(tar(TAIL)) + END


def good():
    yield "streams", archive()
    yield "one-stream", xz(tar(HEAD + BODY + TAIL) + b"\0" * 10240)
    yield "no-directories", xz(tar([m for m in HEAD + BODY + TAIL if m[0].type != tarfile.DIRTYPE]))
    yield "pax", archive(member("./include/a", pax_headers={"comment": "x"}), fmt=tarfile.PAX_FORMAT)
    yield "symlinks", archive(directory("./a"), directory("./a/b"), symlink("./a/b/up", "../../include"),
                              symlink("./a/b/same", "none"), symlink("./root", "include/linux"))
    yield "hardlink", archive(hardlink("./include/linux/again.h", "./include/linux/types.h"))
    yield "deep", archive(member("./" + "d/" * 63 + "x"))
    yield "setuid", archive(member("./scripts/suid", b"x", mode=0o6755),
                            member("./scripts/open", b"x", mode=0o666))
    yield "old", xz(tar([directory("./include"), directory("./include/generated"),
                         member("./include/generated/utsrelease.h",
                                f'#define UTS_RELEASE "{RELEASE}"\n'.encode())]) + b"\0" * 10240)


def bad_names():
    name = "not a valid name"
    for case, path in (
            ("absolute", "/mnt/outside/x"), ("absolute-twice", "//mnt/outside/x"),
            ("parent", "../outside/x"), ("parent-after-dot", "./../outside/x"),
            ("parent-inside", "./include/../../outside/x"), ("parent-last", "./include/.."),
            ("dot-inside", "./include/./x"), ("empty-part", "./include//x"),
            ("control", "./include/\033[2J"), ("newline", "./include/a\nb"),
            ("blank", "./include/a b"), ("bad-utf8", "./include/\udcff\udcfe"),
            ("utf8", "./include/\u00e4")):
        yield case, name, archive(member(path, b"x"))
    yield "long-part", name, archive(member("./include/" + "x" * 300), fmt=tarfile.GNU_FORMAT)
    yield "long-name", name, archive(member("./include/" + "x/" * 2500 + "x"), fmt=tarfile.GNU_FORMAT)
    yield "long-name-pax", "archive: ", archive(
        member("./include/" + "x/" * 2500 + "x"), fmt=tarfile.PAX_FORMAT)
    yield "deep", name, archive(member("./" + "d/" * 64 + "x"))
    for path in ".kheaders-complete", ".kheaders-pch/.lock", ".kheaders-new/x":
        yield "own" + path.replace("/", ""), "a name of files that kheaders makes", archive(
            member("./" + path, b"x"))
    yield "root-is-file", "archive: ", archive(member("./", b"x"), member(".", b"x"))
    yield "bad-utf8-pax", "archive: ", archive(
        member("./include/x", pax_headers={"path": "./include/\udcff"}), fmt=tarfile.PAX_FORMAT)


def bad_links():
    out = "leads outside"
    through = "goes through a link"
    yield "symlink-absolute", out, archive(symlink("./a", "/mnt/outside"))
    yield "symlink-parent", out, archive(symlink("./a", "../outside"))
    yield "symlink-parent-deep", out, archive(symlink("./include/a", "../../outside"))
    yield "symlink-parent-only", out, archive(symlink("./a", ".."))
    yield "symlink-parent-after-name", out, archive(symlink("./include/linux/a", "x/../../.."))
    yield "symlink-chain", out, archive(symlink("./include/linux/l", "../../scripts"),
                                        symlink("./include/linux/m", "l/../.."))
    yield "symlink-empty", "archive: ", archive(symlink("./include/a\0", ""))
    yield "through-symlink", through, archive(symlink("./a", "include"), member("./a/x", b"x"))
    yield "through-symlink-dir", through, archive(symlink("./a", "include"), directory("./a"))
    yield "through-symlink-deep", through, archive(symlink("./a", "include"), directory("./a/b/c"))
    yield "through-file", through, archive(member("./a", b"x"), member("./a/x", b"x"))
    yield "hardlink-parent", out, archive(hardlink("./a", "../outside/secret"))
    yield "hardlink-absolute", out, archive(hardlink("./a", "/mnt/outside/secret"))
    yield "hardlink-nowhere", "not a file of the archive", archive(hardlink("./a", "./b"))
    yield "hardlink-directory", "not a file of the archive", archive(hardlink("./a", "./include"))
    yield "hardlink-symlink", "not a file of the archive", archive(
        symlink("./include/linux/l", "../../scripts"), hardlink("./l", "./include/linux/l"))
    yield "hardlink-through-symlink", through, archive(
        symlink("./a", "include"), hardlink("./b", "./a/linux/types.h"))


def bad_kinds():
    kind = "neither a directory, a file nor a link"
    yield "char-device", kind, archive(member("./a", kind=tarfile.CHRTYPE, devmajor=1, devminor=3))
    yield "block-device", kind, archive(member("./a", kind=tarfile.BLKTYPE, devmajor=8))
    yield "fifo", kind, archive(member("./a", kind=tarfile.FIFOTYPE))
    twice = "occurs twice"
    yield "twice", twice, archive(member("./include/linux/types.h", b"other"))
    yield "twice-symlink", twice, archive(symlink("./include/linux/types.h", "kconfig.h"))
    yield "twice-hardlink", twice, archive(hardlink("./include/linux/types.h", "./scripts/run"))
    yield "twice-file-on-symlink", twice, archive(symlink("./a", "b"), member("./a", b"x"))
    yield "file-on-directory", twice, archive(member("./include", b"x"))
    yield "directory-on-file", "goes through", archive(directory("./scripts/run"))


def sparse():
    """A sparse file of 10 GiB without data, as GNU tar writes it"""
    info = tarfile.TarInfo("./hole")
    info.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    size = 10 << 30
    block[386:386 + 24] = b"%011o\0%011o\0" % (size, 0)
    block[483:483 + 12] = b"\x80" + size.to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def bad_sizes():
    yield "many", "more than 65536 members and directories", xz(
        tar([member(f"./x{i}") for i in range(100000)])) + END
    yield "implied", "more than 65536 members and directories", archive(
        *(member(f"./{i}/" + "d/" * 61 + "x") for i in range(1100)))
    deep = ["/".join(name * 60) for name in "ab"]
    yield "directories-by-turns", "opens directories more than 262144 times", archive(
        *(member(f"./{deep[i % 2]}/{i}") for i in range(5000)))
    yield "empty-streams", "more than 4096 xz streams or blocks", archive() + xz(b"") * 40000
    zeros = xz(b"\0" * (16 << 20))
    yield "bomb", "unpacks to more than", xz(tar(HEAD)) + zeros * 640 + END
    yield "bomb-one-block", "unpacks to more than", xz(b"\0" * (257 << 20))
    yield "blocks", "more than 4096 xz streams or blocks", END * 5000
    yield "hole", "has holes", xz(tar(HEAD) + sparse()) + END
    yield "dictionary", "needs more than 128 MiB of memory", lzma.compress(
        tar(HEAD + BODY + TAIL),
        filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30, "mode": lzma.MODE_FAST,
                  "mf": lzma.MF_HC3, "nice_len": 32, "depth": 1}])


def sparse_map(count):
    """A file with a map of empty parts, in the newest form of GNU tar"""
    data = (f"{count}\n" + "0\n0\n" * count).encode()
    headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
               "GNU.sparse.name": "./include/zz", "GNU.sparse.realsize": "10"}
    return member("./include/zz", data, pax_headers=headers)


def long_header(name, count):
    """A file with a list of as many users, of which libarchive compares each with all"""
    users = "user::rw-," + "u:a:r," * count
    return member(name, b"x", pax_headers={"SCHILY.acl.access": users})


def bad_headers():
    message = "headers of its tar are too long"
    pax = tarfile.PAX_FORMAT
    yield "long-header", message, archive(long_header("./include/zz", 150000), fmt=pax)
    yield "long-headers", message, archive(
        *(long_header(f"./include/z{i}", 5000) for i in range(500)), fmt=pax)
    yield "sparse-map", message, archive(sparse_map(1000000), fmt=pax)


def odd():
    """Archives that unpack, with contents that need care"""
    yield "names", archive(*(
        member("./" + ("d" * 248 + "/") * 2 + f"{i}/x") for i in range(32700)),
                           fmt=tarfile.GNU_FORMAT)
    yield "deep", archive(member("./" + "d/" * 62 + "x"))
    info = INFO.encode().replace(b"gcc (", b"gcc \xc2\x9b31m\xff\x1b(").replace(
        b"SRCARCH=um", b"SRCARCH=um -DX")
    yield "6.18", xz(tar([member("./.kheaders", INFO.replace(RELEASE, "6.18.7").encode())] + BODY + TAIL)) + END
    yield "says", xz(tar([member("./.kheaders", info)])) + xz(tar(BODY)) + xz(tar(TAIL)) + END


def bad_bytes():
    damaged = "damaged, truncated or not a tar.xz"
    whole = archive()
    yield "empty", damaged, b""
    yield "not-xz", damaged, b"hello, world\n" * 1000
    yield "gzip", damaged, b"\x1f\x8b\x08\0" + b"x" * 1000
    yield "not-tar", damaged, xz(b"no tar at all\n" * 100)
    yield "empty-tar", "empty", END
    yield "nothing", damaged + "|empty", xz(b"")
    yield "garbage-behind", damaged, whole + b"garbage!" * 4
    yield "tar-cut", damaged, xz(tar(HEAD + BODY)[:-700])
    yield "header-cut", damaged, xz(tar(HEAD + BODY)[:-1024 - 100])
    yield "bad-checksum", damaged, xz(tar(HEAD) + b"x" * 512)
    yield "last-missing", "truncated, its last file is missing", xz(tar(HEAD + BODY)) + END
    yield "stream-missing", "truncated, its last file is missing", xz(tar(HEAD)) + xz(tar(BODY)) + END
    yield "no-release", "has no release", xz(tar(BODY)) + END
    # The size in the index is wrong, and its checksum right: the block tells.
    yield "index-lies", damaged, lie(whole)
    for percent in range(5, 100, 10):
        yield f"cut-{percent}", damaged, whole[:len(whole) * percent // 100]


def lie(whole):
    """Make the first stream's index contradict the size of its block."""
    import struct
    import zlib
    size = len(xz(tar(HEAD)))
    stream = bytearray(whole[:size])
    index_size = (struct.unpack("<I", stream[-8:-4])[0] + 1) * 4
    start = size - 12 - index_size
    index = stream[start:start + index_size - 4]
    at = 2
    while index[at] & 0x80:
        at += 1
    index[at + 1] ^= 1
    stream[start:start + index_size] = index + struct.pack("<I", zlib.crc32(index))
    return bytes(stream) + whole[size:]


def write(directory_name, name, data):
    with open(os.path.join(directory_name, name + ".tar.xz"), "wb") as f:
        f.write(data)


def main():
    out = sys.argv[1]
    if out == "--kit":
        with open(sys.argv[2], "wb") as f:
            symvers = sys.argv[3] if len(sys.argv) > 3 else "yes"
            release = sys.argv[4] if len(sys.argv) > 4 else RELEASE
            info = INFO.replace("SYMVERS=no", "SYMVERS=" + symvers)
            info = info.replace(RELEASE, release).encode()
            line = b"0x00000001\tof_vmlinux\tvmlinux\tEXPORT_SYMBOL\t\n"
            f.write(xz(tar([member("./.kheaders", info), member("./GNUmakefile", b"all:\n"),
                            member("./Module.symvers", line)] + BODY + TAIL)) + END)
        return
    for name, data in good():
        write(out, "good-" + name, data)
    for name, data in odd():
        write(out, "odd-" + name, data)
    with open(os.path.join(out, "list"), "w", encoding="ascii") as f:
        for source in bad_names, bad_links, bad_kinds, bad_sizes, bad_headers, bad_bytes:
            for name, message, data in source():
                write(out, "bad-" + name, data)
                f.write(f"{name} {message}\n")
    if len(sys.argv) > 2:
        with open(sys.argv[2], "rb") as f:
            piece = f.read()
        write(out, "good-part", xz(tar(HEAD)) + piece + xz(tar(TAIL)) + END)


main()
