// A client that says three messages over TLS, of Node alone, in the folder of the server's certificate.
const fs = require('fs');
const path = require('path');
const tls = require('tls');

const ca = fs.readFileSync(path.join(__dirname, 'cert.pem'));
const texts = ['first', 'second', 'third'];
const frame = (opcode, data) => Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | data.length, 0, 0, 0, 0]), data]);

const stream = tls.connect({ host: '127.0.0.1', port: 4443, servername: 'localhost', ca }, () => {
  stream.write('GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
});
// The answer to the handshake, and then to each message: none is cut.
stream.on('data', () => {
  const text = texts.shift();
  if (text === undefined) {
    stream.end(frame(8, Buffer.from([0x03, 0xe8])));
  } else {
    stream.write(frame(1, Buffer.from(text)));
  }
});
