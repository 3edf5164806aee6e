// A server on bufio.Reader's ReadString and ReadBytes that reports what it reads: ./server PORT
package main

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"time"
)

// lines reports lines ended by LF.
func lines(in *bufio.Reader, out io.Writer) string {
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF && line == "" {
			return "clean"
		} else if err != nil {
			return "truncated"
		}
		report(out, []byte(strings.TrimSuffix(line, "\n")))
	}
}

// records reports records ended by NUL.
func records(in *bufio.Reader, out io.Writer) string {
	for {
		record, err := in.ReadBytes(0)
		if err == io.EOF && len(record) == 0 {
			return "clean"
		} else if err != nil {
			return "truncated"
		}
		report(out, record[:len(record)-1])
	}
}

func report(out io.Writer, payload []byte) {
	fmt.Fprintf(out, "frame %d %08x\n", len(payload), crc32.ChecksumIEEE(payload))
}

func serve(conn *net.TCPConn, read func(*bufio.Reader, io.Writer) string) {
	defer conn.Close()
	fmt.Fprintf(conn, "end %s\n", read(bufio.NewReader(conn), conn))
	conn.CloseWrite()
	conn.SetReadDeadline(time.Now().Add(time.Second))
	io.Copy(io.Discard, conn)
}

func main() {
	read := map[string]func(*bufio.Reader, io.Writer) string{
		"":                      lines,
		`delimited:\n,max=none`: lines,
		`delimited:\0,max=none`: records,
	}[os.Getenv("FRAMECHECK_FRAMING")]
	if read == nil {
		os.Exit(89)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	for err == nil {
		var conn net.Conn
		if conn, err = listener.Accept(); err == nil {
			go serve(conn.(*net.TCPConn), read)
		}
	}
	log.Fatal(err)
}
