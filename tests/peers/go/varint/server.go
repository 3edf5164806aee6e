// A server on encoding/binary.ReadUvarint and io.ReadFull that reports what it reads: ./server PORT
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"net"
	"os"
	"time"
)

const max = 1 << 20

// decode says each frame as soon as it is complete, and returns the ending.
func decode(in *bufio.Reader, out io.Writer) string {
	for {
		length, err := binary.ReadUvarint(in)
		if err == io.EOF {
			return "clean"
		} else if errors.Is(err, io.ErrUnexpectedEOF) {
			return "truncated"
		} else if err != nil || length > max { // an overflow of 64 bits, and too large
			return "error"
		}
		payload := make([]byte, length)
		if _, err := io.ReadFull(in, payload); err != nil {
			return "truncated"
		}
		fmt.Fprintf(out, "frame %d %08x\n", len(payload), crc32.ChecksumIEEE(payload))
	}
}

func serve(conn *net.TCPConn) {
	defer conn.Close()
	fmt.Fprintf(conn, "end %s\n", decode(bufio.NewReader(conn), conn))
	conn.CloseWrite()
	conn.SetReadDeadline(time.Now().Add(time.Second))
	io.Copy(io.Discard, conn)
}

func main() {
	if text, set := os.LookupEnv("FRAMECHECK_FRAMING"); set && text != "prefixed:varint" {
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
