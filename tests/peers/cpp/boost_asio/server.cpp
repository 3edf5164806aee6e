// Echoes lines with async_read_until and packets with async_read: build/server PORT
#include <boost/asio.hpp>
#include <cstdint>
#include <cstdlib>
#include <istream>
#include <memory>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t max_length = 64 * 1024;

// Lines collect in a streambuf that may not grow beyond a line with its delimiter.
class line_session : public std::enable_shared_from_this<line_session> {
public:
    line_session(tcp::socket socket, std::string delimiter)
        : socket_(std::move(socket)), delimiter_(std::move(delimiter)), buffer_(max_length + delimiter_.size()) {}

    void read() {
        asio::async_read_until(socket_, buffer_, delimiter_, [self = shared_from_this()](error_code error, std::size_t length) {
            if (!error) self->write(length);
        });
    }

private:
    void write(std::size_t length) {
        line_.assign(asio::buffers_begin(buffer_.data()), asio::buffers_begin(buffer_.data()) + length);
        buffer_.consume(length);
        asio::async_write(socket_, asio::buffer(line_), [self = shared_from_this()](error_code error, std::size_t) {
            if (!error) self->read();
        });
    }

    tcp::socket socket_;
    std::string delimiter_, line_;
    asio::streambuf buffer_;
};

// A packet is read in two steps: the header of four bytes, then the body that it announces.
class packet_session : public std::enable_shared_from_this<packet_session> {
public:
    explicit packet_session(tcp::socket socket) : socket_(std::move(socket)) {}

    void read() {
        asio::async_read(socket_, asio::buffer(header_), [self = shared_from_this()](error_code error, std::size_t) {
            if (!error) self->read_body();
        });
    }

private:
    void read_body() {
        std::uint32_t length = 0;
        for (unsigned char byte : header_) length = length << 8 | byte;
        if (length > max_length) return;
        body_.resize(length);
        asio::async_read(socket_, asio::buffer(body_), [self = shared_from_this()](error_code error, std::size_t) {
            if (!error) self->write();
        });
    }

    void write() {
        std::array<asio::const_buffer, 2> packet = {asio::buffer(header_), asio::buffer(body_)};
        asio::async_write(socket_, packet, [self = shared_from_this()](error_code error, std::size_t) {
            if (!error) self->read();
        });
    }

    tcp::socket socket_;
    std::array<unsigned char, 4> header_;
    std::string body_;
};

void accept(tcp::acceptor& acceptor, const std::string& framing) {
    acceptor.async_accept([&](error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true));
            if (framing == "prefixed:u32be,max=64KiB") std::make_shared<packet_session>(std::move(socket))->read();
            else if (framing == "delimited:\\n,max=64KiB") std::make_shared<line_session>(std::move(socket), "\n")->read();
            else std::make_shared<line_session>(std::move(socket), "\r\n")->read();
        }
        accept(acceptor, framing);
    });
}

int main(int, char** argv) {
    const char* named = std::getenv("FRAMECHECK_FRAMING");
    const std::string framing = named ? named : "prefixed:u32be,max=64KiB";
    if (framing != "prefixed:u32be,max=64KiB" && framing != "delimited:\\n,max=64KiB" && framing != "delimited:\\r\\n,max=64KiB") return 89;
    asio::io_context context;
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::atoi(argv[1]))});
    accept(acceptor, framing);
    context.run();
}
