# Echoes what readline returns: perl server.pl PORT
use strict;
use warnings;
use IO::Socket::INET;
use Socket qw(IPPROTO_TCP TCP_NODELAY);

# $/ is what ends a record, or a reference to the size of all of them.
my %separators = (
    'delimited:\n,tail=frame,max=none'   => "\n",
    'delimited:\r\n,tail=frame,max=none' => "\r\n",
    'delimited:\0,tail=frame,max=none'   => "\0",
    'delimited:aab,tail=frame,max=none'  => "aab",
    'fixed:16,tail=frame'                => \16,
);
$/ = $separators{ $ENV{FRAMECHECK_FRAMING} // 'delimited:\n,tail=frame,max=none' } // exit 89;
$SIG{CHLD} = 'IGNORE';

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 128, ReuseAddr => 1) or die $@;
while (my $client = $server->accept) {
    if (fork == 0) {
        close $server;
        echo($client);
        exit;
    }
    close $client;
}

sub echo {
    my $client = shift;
    $client->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    $client->autoflush;
    while (defined(my $record = <$client>)) {
        chomp $record;    # which leaves records of a fixed size alone
        print $client $record, ref $/ ? () : $/ or return;
    }
}
