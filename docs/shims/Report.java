// Reports what it decodes from `prefixed:u32be`: java Report.java PORT
import java.io.*;
import java.net.*;
import java.util.zip.CRC32;

class Report {
    static final String FRAMING = "prefixed:u32be";
    static final long MAX = 1 << 20;

    /** Says each frame as soon as it is complete, and returns the ending. */
    static String decode(InputStream in, OutputStream out) throws IOException {
        byte[] piece = new byte[65536];
        while (true) {
            long length = 0;
            for (int shift = 24; shift >= 0; shift -= 8) {
                int next = in.read();
                if (next < 0) return shift == 24 ? "clean" : "truncated";
                length |= (long) next << shift;
                if (length > MAX) return "oversize";
            }
            CRC32 crc = new CRC32();
            for (long left = length; left > 0; ) {
                int count = in.read(piece, 0, (int) Math.min(left, piece.length));
                if (count < 0) return "truncated";
                crc.update(piece, 0, count);
                left -= count;
            }
            out.write(String.format("frame %d %08x\n", length, crc.getValue()).getBytes());
        }
    }

    static void serve(Socket socket) {
        try (socket; InputStream in = new BufferedInputStream(socket.getInputStream())) {
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            out.write(("end " + decode(in, out) + "\n").getBytes());
            // Closing with unread input would be a reset, which can destroy the lines above:
            // say that no more will come, and read on for a second or two at most.
            socket.shutdownOutput();
            socket.setSoTimeout(1000);
            byte[] rest = new byte[65536];
            long start = System.nanoTime();
            while (System.nanoTime() - start < 1_000_000_000L && in.read(rest) >= 0) { }
        } catch (IOException e) {
            // The peer has reset the connection, or did not close it in time.
        }
    }

    public static void main(String[] args) throws IOException {
        if (!System.getenv().getOrDefault("FRAMECHECK_FRAMING_EXPANDED", FRAMING).equals(FRAMING)) System.exit(89);
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(args[0]), 128, InetAddress.getByName("127.0.0.1"))) {
            while (true) {
                Socket socket = listener.accept();
                new Thread(() -> serve(socket)).start();
            }
        }
    }
}
