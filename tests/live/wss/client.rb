# A client that says three messages over TLS, of Ruby's OpenSSL alone, in the folder of the certificates.
require 'openssl'
require 'socket'

context = OpenSSL::SSL::SSLContext.new
context.ca_file = 'ca.pem'
stream = OpenSSL::SSL::SSLSocket.new(TCPSocket.new('127.0.0.1', 4443), context)
stream.hostname = 'localhost'
stream.connect
stream.write "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
stream.readpartial(1000)
%w[first second third].each do |text|
  stream.write([0x81, 0x80 | text.length, 0, 0, 0, 0].pack('C*') + text)
  stream.readpartial(100)
end
stream.write([0x88, 0x82, 0, 0, 0, 0, 3, 232].pack('C*'))
stream.readpartial(100)
stream.close
