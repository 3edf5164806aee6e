// An echo server on BufferedReader.readLine, as socket tutorials have it: java -cp build Server PORT
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.*;
import java.net.*;

public class Server {
    static void serve(Socket socket) {
        try (socket;
                BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
                Writer out = new BufferedWriter(new OutputStreamWriter(socket.getOutputStream(), UTF_8))) {
            for (String line; (line = in.readLine()) != null; ) {
                out.write(line + "\n");
                out.flush();
            }
        } catch (IOException e) {
            // The peer has reset the connection.
        }
    }

    public static void main(String[] args) throws IOException {
        String framing = System.getenv().getOrDefault("FRAMECHECK_FRAMING", "delimited:\\r\\n|\\n|\\r,tail=frame,max=none");
        if (!framing.equals("delimited:\\r\\n|\\n|\\r,tail=frame,max=none")) {
            System.exit(89);
        }
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(args[0]), 128, InetAddress.getByName("127.0.0.1"))) {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                new Thread(() -> serve(socket)).start();
            }
        }
    }
}
