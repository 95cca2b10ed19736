#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Something for tracing tools to see, once: files, processes, signals, mounts,
# block I/O and TCP over loopback.
#
# Usage: load.sh DIR
#
# DIR is on a file system of a block device.

set -eu
cd "$1"

echo 1 > kheaders-file
cat kheaders-file > /dev/null
: > kheaders-new
mv kheaders-new kheaders-old
sleep 0.1
rm kheaders-old
dd if=/dev/zero of=kheaders-data bs=64k count=4 conv=fsync 2> /dev/null
dd if=kheaders-data of=/dev/null iflag=direct bs=64k 2> /dev/null
mkdir -p kheaders-mount
mount -t tmpfs none kheaders-mount
umount kheaders-mount
sync
kill -CONT $$

# Listens, connects to itself and hangs up.
perl -e '
	use IO::Socket::INET;
	my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 7007,
		Listen => 5, ReuseAddr => 1) or die;
	my $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => 7007) or die;
	my $peer = $server->accept or die;
	print $client "x" x 4096, "\n";
	$client->flush;
	<$peer>;
	close $client;'
