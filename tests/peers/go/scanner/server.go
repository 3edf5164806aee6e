// An echo server on bufio.Scanner with its default, ScanLines: ./server PORT
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func serve(conn net.Conn) {
	defer conn.Close()
	scanner := bufio.NewScanner(conn)
	for scanner.Scan() {
		fmt.Fprintf(conn, "%s\r\n", scanner.Bytes())
	}
}

func main() {
	if text, set := os.LookupEnv("FRAMECHECK_FRAMING"); set && text != `delimited:\n,strip=\r,tail=frame,max=65535` {
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
