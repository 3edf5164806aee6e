// A server on net/http/httputil.NewChunkedReader that reports the body that it reads: ./server PORT
package main

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"net"
	"net/http/httputil"
	"os"
	"time"
)

// framing is that of one chunked body: `http-chunked` for a single message, its chunks joined.
const framing = `blocks:hex,end=\r\n,zeros=accept,trailer=\r\n,series=one,unit=series,extensions=http,max=none`

// decode reads one body. The reader leaves what follows the last chunk's line, the trailer, to its caller.
func decode(in *bufio.Reader, out io.Writer) string {
	if _, err := in.Peek(1); err != nil {
		return "clean"
	}
	body, err := io.ReadAll(httputil.NewChunkedReader(in))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "truncated"
	} else if err != nil {
		return "malformed"
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "truncated"
		}
		if line == "\r\n" {
			break
		}
	}
	fmt.Fprintf(out, "frame %d %08x\n", len(body), crc32.ChecksumIEEE(body))
	return "clean"
}

func serve(conn *net.TCPConn) {
	defer conn.Close()
	fmt.Fprintf(conn, "end %s\n", decode(bufio.NewReader(conn), conn))
	conn.CloseWrite()
	conn.SetReadDeadline(time.Now().Add(time.Second))
	io.Copy(io.Discard, conn)
}

func main() {
	if text, set := os.LookupEnv("FRAMECHECK_FRAMING"); set && text != framing {
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
