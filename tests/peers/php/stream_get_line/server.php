<?php
// Echoes lines that stream_get_line or fgets returns: php server.php PORT

const MAX = 65536;

// What ends a line, and what reads one: without its end, or false where the stream ended.
$readers = [
    'delimited:\n,tail=frame,max=64KiB' => ["\n", line(...)],
    'delimited:\r\n,tail=frame,max=64KiB' => ["\r\n", line(...)],
    'delimited:\0,tail=frame,max=64KiB' => ["\0", line(...)],
    'delimited:\r\n,tail=frame,max=none' => ["\r\n", fn($client, $end) => stream_get_line($client, MAX, $end)],
    'delimited:\n,tail=frame,max=none' => ["\n", function ($client) {
        $line = fgets($client);
        return $line !== false && str_ends_with($line, "\n") ? substr($line, 0, -1) : $line;
    }],
];
[$end, $read] = $readers[getenv('FRAMECHECK_FRAMING') ?: 'delimited:\n,tail=frame,max=none'] ?? exit(89);

pcntl_async_signals(true);
pcntl_signal(SIGCHLD, SIG_IGN);
$context = stream_context_create(['socket' => ['tcp_nodelay' => true, 'backlog' => 128]]);
$server = stream_socket_server("tcp://127.0.0.1:{$argv[1]}", $code, $message, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN, $context);
while (true) {
    $client = @stream_socket_accept($server, -1);
    if ($client === false) continue;
    if (pcntl_fork() === 0) {
        fclose($server);
        stream_set_timeout($client, 3600);
        while (($line = $read($client, $end)) !== false) {
            if (@fwrite($client, $line . $end) === false) break;
        }
        exit(0);
    }
    fclose($client);
}

// Reading ends at a length too, and what is returned does not tell: only room for the whole end tells a longest line from one that is too long.
function line($client, $end) {
    $line = stream_get_line($client, MAX + strlen($end), $end);
    return $line !== false && strlen($line) > MAX ? false : $line;
}
