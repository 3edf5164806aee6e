// A server on encoding/binary.Read and io.ReadFull that reports what it reads: ./server PORT
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"net"
	"os"
	"time"
)

const max = 1 << 20

// decode reports messages after their length, which is read into `length`, a pointer to an unsigned integer.
func decode(in io.Reader, out io.Writer, order binary.ByteOrder, length any, value func() uint64) string {
	for {
		if err := binary.Read(in, order, length); err == io.EOF {
			return "clean"
		} else if err != nil { // io.ErrUnexpectedEOF
			return "truncated"
		}
		if value() > max {
			return "oversize"
		}
		payload := make([]byte, value())
		if _, err := io.ReadFull(in, payload); err != nil {
			return "truncated"
		}
		fmt.Fprintf(out, "frame %d %08x\n", len(payload), crc32.ChecksumIEEE(payload))
	}
}

func serve(conn *net.TCPConn, framing string) {
	defer conn.Close()
	var u16 uint16
	var u32 uint32
	var u64 uint64
	in, ending := bufio.NewReader(conn), ""
	switch framing {
	case "prefixed:u16be,max=65535":
		ending = decode(in, conn, binary.BigEndian, &u16, func() uint64 { return uint64(u16) })
	case "prefixed:u32be":
		ending = decode(in, conn, binary.BigEndian, &u32, func() uint64 { return uint64(u32) })
	case "prefixed:u32le":
		ending = decode(in, conn, binary.LittleEndian, &u32, func() uint64 { return uint64(u32) })
	case "prefixed:u64be":
		ending = decode(in, conn, binary.BigEndian, &u64, func() uint64 { return u64 })
	}
	fmt.Fprintf(conn, "end %s\n", ending)
	conn.CloseWrite()
	conn.SetReadDeadline(time.Now().Add(time.Second))
	io.Copy(io.Discard, conn)
}

func main() {
	framing, set := os.LookupEnv("FRAMECHECK_FRAMING")
	switch framing {
	case "prefixed:u16be,max=65535", "prefixed:u32be", "prefixed:u32le", "prefixed:u64be":
	default:
		if set {
			os.Exit(89)
		}
		framing = "prefixed:u32be"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	for err == nil {
		var conn net.Conn
		if conn, err = listener.Accept(); err == nil {
			go serve(conn.(*net.TCPConn), framing)
		}
	}
	log.Fatal(err)
}
