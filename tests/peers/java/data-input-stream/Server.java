// An echo server on DataInputStream, as socket tutorials have it: java -cp build Server PORT
import java.io.*;
import java.net.*;

public class Server {
    static final int MAX = 1 << 20;

    static void serve(Socket socket, String framing) {
        try (socket;
                DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()))) {
            while (true) {
                if (framing.equals("prefixed:u16be,max=65535,charset=utf-8")) {
                    out.writeUTF(in.readUTF());
                } else if (framing.startsWith("prefixed:u16be")) {
                    byte[] message = new byte[in.readUnsignedShort()];
                    in.readFully(message);
                    out.writeShort(message.length);
                    out.write(message);
                } else {
                    int length = in.readInt();
                    if (length < 0 || length > MAX) {
                        throw new IOException("a message of " + length + " bytes");
                    }
                    byte[] message = new byte[length];
                    in.readFully(message);
                    out.writeInt(length);
                    out.write(message);
                }
                out.flush();
            }
        } catch (IOException e) {
            // EOFException is the end, in a message or between two.
        }
    }

    public static void main(String[] args) throws IOException {
        String framing = System.getenv().getOrDefault("FRAMECHECK_FRAMING", "prefixed:u32be");
        switch (framing) {
            case "prefixed:u32be", "prefixed:u16be,max=65535", "prefixed:u16be,max=65535,charset=utf-8" -> { }
            default -> System.exit(89);
        }
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(args[0]), 128, InetAddress.getByName("127.0.0.1"))) {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                new Thread(() -> serve(socket, framing)).start();
            }
        }
    }
}
