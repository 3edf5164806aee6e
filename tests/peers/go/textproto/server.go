// An echo server on net/textproto.Reader.ReadLineBytes: ./server PORT
package main

import (
	"bufio"
	"log"
	"net"
	"net/textproto"
	"os"
)

func serve(conn net.Conn) {
	defer conn.Close()
	in := textproto.NewReader(bufio.NewReader(conn))
	for {
		line, err := in.ReadLineBytes()
		if err != nil {
			return
		}
		if _, err := conn.Write(append(line, "\r\n"...)); err != nil {
			return
		}
	}
}

func main() {
	if text, set := os.LookupEnv("FRAMECHECK_FRAMING"); set && text != `delimited:\r\n|\n,tail=frame,max=none` {
		os.Exit(89)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	for err == nil {
		var conn net.Conn
		if conn, err = listener.Accept(); err == nil {
			go serve(conn)
		}
	}
	log.Fatal(err)
}
