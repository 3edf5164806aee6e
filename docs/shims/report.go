// Reports what it decodes from `prefixed:u32be`: go run report.go PORT
package main

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"net"
	"os"
	"time"
)

const framing, max = "prefixed:u32be", 1 << 20

// decode says each frame as soon as it is complete, and returns the ending.
func decode(in *bufio.Reader, out io.Writer) string {
	for {
		var length int64
		for shift := 24; shift >= 0; shift -= 8 {
			b, err := in.ReadByte()
			if err != nil && shift == 24 {
				return "clean"
			} else if err != nil {
				return "truncated"
			}
			if length |= int64(b) << shift; length > max {
				return "oversize"
			}
		}
		crc := crc32.NewIEEE()
		if _, err := io.CopyN(crc, in, length); err != nil {
			return "truncated"
		}
		fmt.Fprintf(out, "frame %d %08x\n", length, crc.Sum32())
	}
}

func serve(conn *net.TCPConn) {
	defer conn.Close()
	fmt.Fprintf(conn, "end %s\n", decode(bufio.NewReader(conn), conn))
	// Closing with unread input would be a reset, which can destroy the lines above:
	// say that no more will come, and read on for a second at most.
	conn.CloseWrite()
	conn.SetReadDeadline(time.Now().Add(time.Second))
	io.Copy(io.Discard, conn)
}

func main() {
	if text, set := os.LookupEnv("FRAMECHECK_FRAMING_EXPANDED"); set && text != framing {
		os.Exit(89)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	for err == nil {
		var conn net.Conn
		if conn, err = listener.Accept(); err == nil {
			go serve(conn.(*net.TCPConn))
		}
	}
	log.Fatal(err)
}
