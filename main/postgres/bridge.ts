import { randomBytes } from 'node:crypto';

/** A program that joins its stdin and stdout to a Unix socket, and the mark by which its first own line is known. */
export interface Bridge {
  readonly argv: readonly string[];
  readonly mark: string;
}

// Two processes, one a direction: with one loop, a batch of statements and its results could block each other. Where
// perl has zlib, both directions are packed: over a distant link their size costs round trips.
const perl = `use strict; use IO::Socket::UNIX; my ($m, $p) = @ARGV; $| = 1;
my $s = IO::Socket::UNIX->new(Peer => $p) or do { syswrite STDOUT, "$m error $!\\n"; exit 1 };
my ($z, $u); eval { require Compress::Raw::Zlib; $z = (Compress::Raw::Zlib::Deflate->new(-WindowBits => -15, -Level => 1))[0];
  $u = (Compress::Raw::Zlib::Inflate->new(-WindowBits => -15))[0] };
syswrite STDOUT, $u ? "$m ok deflate\\n" : "$m ok\\n";
sub packed { my ($o, $f) = ("", ""); $z->deflate($_[0], $o); $z->flush($f, Compress::Raw::Zlib::Z_SYNC_FLUSH()); $o . $f }
sub unpacked { my $o = ""; $u->inflate($_[0], $o); $o }
sub copy { my ($from, $to, $change) = @_; my $b; while (sysread $from, $b, 65536) {
  $b = $change->($b) if $u;
  while (length $b) { my $n = syswrite $to, $b; return unless defined $n; substr($b, 0, $n) = "" } } }
my $parent = $$; my $child = fork; exit 1 unless defined $child;
if ($child) { copy(\\*STDIN, $s, \\&unpacked); kill "TERM", $child; waitpid $child, 0 }
else { copy($s, \\*STDOUT, \\&packed); kill "TERM", $parent }`;

const python = `import os, socket, sys, threading
m, p = sys.argv[1:3]
s = socket.socket(socket.AF_UNIX)
try: s.connect(p)
except OSError as e:
    os.write(1, ("%s error %s\\n" % (m, e.strerror)).encode()); os._exit(1)
os.write(1, (m + " ok\\n").encode())
def up():
    while True:
        b = os.read(0, 65536)
        if not b: os._exit(0)
        s.sendall(b)
threading.Thread(target=up, daemon=True).start()
while True:
    b = s.recv(65536)
    if not b: os._exit(0)
    while b: b = b[os.write(1, b):]`;

// socat and nc cannot tell that they are connected, so the mark comes before; a path with a comma would be options.
const chooser = `cd /; m=$1 p=$2
if perl -MIO::Socket::UNIX -e 1 2>/dev/null; then exec perl -e "$3" "$m" "$p"; fi
if python3 -c 1 2>/dev/null; then exec python3 -c "$4" "$m" "$p"; fi
if ! [ -S "$p" ]; then echo "$m error No such file or directory"; exit 1; fi
case $p in *[,:!]*) ;; *) if command -v socat >/dev/null 2>&1; then echo "$m ok"; exec socat STDIO "UNIX-CONNECT:$p"; fi ;; esac
if nc -h 2>&1 | grep -q -e '-U'; then echo "$m ok"; exec nc -U "$p"; fi
echo "$m none"; exit 1`;

/**
 * The program to run on the host for a Unix socket. Its output starts with a line `MARK ok`, `MARK ok deflate` (from
 * here on both directions are packed), `MARK error REASON` or `MARK none` (no perl, python3, socat or nc there); what comes before that line is noise of the login or of sudo.
 */
export function bridgeTo(socketPath: string): Bridge {
  const mark = `bridge-${randomBytes(12).toString('hex')}`;
  return { argv: ['sh', '-c', chooser, 'sh', mark, socketPath, perl, python], mark };
}
