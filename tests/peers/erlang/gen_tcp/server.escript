#!/usr/bin/env escript
%%! +sbwt none +sbwtdcpu none +sbwtdio none
%% Echoes packets that gen_tcp has cut out of the stream: `escript server.escript PORT`.
%% BACKEND=socket takes gen_tcp_socket, the newer of its two backends. Without the flags above idle schedulers
%% would spin for a while, and processor time would tell nothing.

-define(SIZE, 65536).

main([Port]) ->
    Options = options(os:getenv("FRAMECHECK_FRAMING", "prefixed:u8")),
    Backend = list_to_atom(os:getenv("BACKEND", "inet")),
    {ok, Listener} = gen_tcp:listen(list_to_integer(Port),
        [{inet_backend, Backend}, binary, {active, false}, {ip, {127, 0, 0, 1}},
         {reuseaddr, true}, {nodelay, true}, {backlog, 128}]),
    accept(Listener, Options).

options("prefixed:u8") -> [{packet, 1}];
options("prefixed:u16be") -> [{packet, 2}];
options("prefixed:u32be,max=64KiB") -> [{packet, 4}, {packet_size, ?SIZE}];
options("prefixed:u16be,header=\\x03\\0,adjust=-4") -> [{packet, tpkt}];
options("delimited:\\n,max=65535") -> line($\n);
options("delimited:\\0,max=65535") -> line(0);
options(_) -> halt(89).

%% A line that does not fit into the buffer would be cut into pieces before it exceeds packet_size.
line(Delimiter) ->
    [{packet, line}, {line_delimiter, Delimiter}, {packet_size, ?SIZE}, {buffer, 2 * ?SIZE}].

accept(Listener, Options) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    ok = inet:setopts(Socket, Options),
    Server = spawn(fun() -> receive yours -> echo(Socket) end end),
    ok = gen_tcp:controlling_process(Socket, Server),
    Server ! yours,
    accept(Listener, Options).

%% What {packet, 1 | 2 | 4} takes off what is received it adds to what is sent; the others leave both as they are.
echo(Socket) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, Packet} ->
            ok = gen_tcp:send(Socket, Packet),
            echo(Socket);
        {error, _} ->
            gen_tcp:close(Socket)
    end.
