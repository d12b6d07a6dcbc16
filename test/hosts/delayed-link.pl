#!/usr/bin/perl
# A cable between two new network interfaces on which every packet takes a while, for kernels without netem:
#   delayed-link.pl INTERFACE INTERFACE SECONDS
# Ends by itself when one of the interfaces is deleted.
use strict;
use warnings;
use Fcntl qw(O_RDWR O_NONBLOCK);
use Time::HiRes qw(CLOCK_MONOTONIC clock_gettime);

use constant TUNSETIFF => 0x400454ca;
use constant TAP_WITHOUT_HEADER => 0x0002 | 0x1000;

my ($first, $second, $delay) = @ARGV;
my @ends = map {
    sysopen(my $handle, '/dev/net/tun', O_RDWR | O_NONBLOCK) or die "/dev/net/tun: $!\n";
    ioctl($handle, TUNSETIFF, pack('a16 S x22', $_, TAP_WITHOUT_HEADER)) or die "$_: $!\n";
    $handle;
} ($first, $second);
my @other = reverse @ends;

my @underway;    # [when it arrives, where, packet], in the order of arrival
while (1) {
    my $readable = '';
    vec($readable, fileno($_), 1) = 1 for @ends;
    my $wait = @underway ? $underway[0][0] - clock_gettime(CLOCK_MONOTONIC) : undef;
    $wait = 0 if defined $wait && $wait < 0;
    select($readable, undef, undef, $wait);
    for my $end (0, 1) {
        next unless vec($readable, fileno($ends[$end]), 1);
        my $arrival = clock_gettime(CLOCK_MONOTONIC) + $delay;
        while (defined(my $length = sysread($ends[$end], my $packet, 65536))) {
            exit 0 if $length == 0;
            push @underway, [$arrival, $other[$end], $packet];
        }
        # An interface that is down (EIO) may come up; one that is gone (EBADFD) will not.
        exit 0 unless $!{EAGAIN} || $!{EINTR} || $!{EIO};
    }
    my $now = clock_gettime(CLOCK_MONOTONIC);
    while (@underway && $underway[0][0] <= $now) {
        my $due = shift @underway;
        syswrite($due->[1], $due->[2]) or ($!{EIO} || $!{EAGAIN} || exit 0);
    }
}
