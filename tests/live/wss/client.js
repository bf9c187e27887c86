// A client that says three messages over TLS, of Node alone, in the folder of the certificates.
const fs = require('fs');
const path = require('path');
const tls = require('tls');

const ca = fs.readFileSync(path.join(__dirname, 'ca.pem'));
const texts = ['first', 'second', 'third'];
const frame = (opcode, data) => Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | data.length, 0, 0, 0, 0]), data]);

const stream = tls.connect({ host: '127.0.0.1', port: 4443, servername: 'localhost', ca }, () => {
  stream.write('GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
});
// The answer to the handshake, then to each message, then to the close: none is cut, and nothing is sent after the close.
stream.on('data', () => {
  const text = texts.shift();
  if (text !== undefined) {
    stream.write(frame(1, Buffer.from(text)));
  } else if (!stream.writableEnded) {
    stream.end(frame(8, Buffer.from([0x03, 0xe8])));
  }
});
