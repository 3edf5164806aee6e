// An echo server on Netty's own frame decoders and encoders: java -cp NETTY:build Server PORT
import static io.netty.buffer.Unpooled.wrappedBuffer;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.*;
import io.netty.channel.*;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.*;
import io.netty.handler.codec.protobuf.*;
import java.nio.ByteOrder;
import java.util.List;

public class Server {
    static final int MAX = 65536; // of a payload; the decoders with a length field take the longest whole frame

    /** The decoder and the encoder of a framing; null: not served. */
    static ChannelHandler[] codec(String framing) {
        switch (framing) {
            case "prefixed:u8,max=255":
                return both(new LengthFieldBasedFrameDecoder(255 + 1, 0, 1, 0, 1), new LengthFieldPrepender(1));
            case "prefixed:u16be,max=65535":
                return both(new LengthFieldBasedFrameDecoder(65535 + 2, 0, 2, 0, 2), new LengthFieldPrepender(2));
            case "prefixed:u24be,max=64KiB":
                return both(new LengthFieldBasedFrameDecoder(MAX + 3, 0, 3, 0, 3), new LengthFieldPrepender(3));
            case "prefixed:u32be,max=64KiB":
                return both(new LengthFieldBasedFrameDecoder(MAX + 4, 0, 4, 0, 4), new LengthFieldPrepender(4));
            case "prefixed:u32le,max=64KiB":
                return both(new LengthFieldBasedFrameDecoder(ByteOrder.LITTLE_ENDIAN, MAX + 4, 0, 4, 0, 4, true),
                        new LengthFieldPrepender(ByteOrder.LITTLE_ENDIAN, 4, 0, false));
            case "prefixed:u32be,max=64KiB,oversize=discard": // TooLongFrameException is caught below
                return both(new LengthFieldBasedFrameDecoder(MAX + 4, 0, 4, 0, 4), new LengthFieldPrepender(4));
            case "prefixed:u32be,adjust=-4,max=64KiB": // the length counts itself
                return both(new LengthFieldBasedFrameDecoder(MAX + 4, 0, 4, -4, 4), new LengthFieldPrepender(4, true));
            case "protobuf":
                return both(new ProtobufVarint32FrameDecoder(), new ProtobufVarint32LengthFieldPrepender());
            case "fixed:16":
                return both(new FixedLengthFrameDecoder(16));
            case "delimited:\\n,strip=\\r,max=8KiB":
                return both(new LineBasedFrameDecoder(8192), new LineEnd("\r\n"));
            case "delimited:\\n,strip=\\r,max=8KiB,oversize=discard":
                return both(new LineBasedFrameDecoder(8192), new LineEnd("\r\n"));
            case "delimited:\\r\\n,max=8KiB":
                return both(new DelimiterBasedFrameDecoder(8192, bytes("\r\n")), new LineEnd("\r\n"));
            case "delimited:\\0,max=8KiB":
                return both(new DelimiterBasedFrameDecoder(8192, Delimiters.nulDelimiter()), new LineEnd("\0"));
            case "delimited:\\r\\n|\\n|\\r,max=8KiB":
                return both(new DelimiterBasedFrameDecoder(8192, bytes("\r\n"), bytes("\n"), bytes("\r")),
                        new LineEnd("\n"));
            default:
                return null;
        }
    }

    static ChannelHandler[] both(ChannelHandler... handlers) {
        return handlers;
    }

    static ByteBuf bytes(String text) {
        return wrappedBuffer(text.getBytes());
    }

    /** Puts back the delimiter that the decoder has taken off. */
    static class LineEnd extends MessageToMessageEncoder<ByteBuf> {
        final String end;

        LineEnd(String end) {
            this.end = end;
        }

        @Override
        protected void encode(ChannelHandlerContext ctx, ByteBuf frame, List<Object> out) {
            out.add(wrappedBuffer(frame.retain(), bytes(end)));
        }
    }

    static class Echo extends ChannelInboundHandlerAdapter {
        final boolean discards;
        ChannelFuture last; // of what was written

        Echo(boolean discards) {
            this.discards = discards;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            last = ctx.newSucceededFuture();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object frame) {
            last = ctx.writeAndFlush(frame);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            // The peer has ended its half, which decoding has reached: what is owed goes out first.
            if (event instanceof ChannelInputShutdownEvent) {
                last.addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (!(discards && cause instanceof TooLongFrameException)) {
                ctx.close();
            }
        }
    }

    public static void main(String[] args) throws Exception {
        String framing = System.getenv().getOrDefault("FRAMECHECK_FRAMING", "prefixed:u32be,max=64KiB");
        if (codec(framing) == null) {
            System.exit(89);
        }
        new ServerBootstrap()
                .group(new NioEventLoopGroup(1), new NioEventLoopGroup(2))
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 128)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    public void initChannel(SocketChannel ch) {
                        ch.pipeline().addLast(codec(framing)).addLast(new Echo(framing.contains("oversize=discard")));
                    }
                })
                .bind("127.0.0.1", Integer.parseInt(args[0]))
                .sync();
    }
}
