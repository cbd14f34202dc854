# SPDX-License-Identifier: LGPL-2.1-or-later
# console.pl SOCKET [LINE [UNTIL]]: what a VM's serial console says, from the moment that the socket is
# there until what it says matches UNTIL. Whoever comes late has it said once more for a line.
use strict;
use warnings;
use Socket;
my ($path, $line, $until) = @ARGV;
$line //= "";
$until //= "NESTED done";
my $end = time + 240;
socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
until (connect($s, sockaddr_un($path))) {
    die "no console" if time > $end;
    select(undef, undef, undef, 0.05);
}
$| = 1;
syswrite($s, "$line\n");
while (<$s>) { print; last if /$until/ }
