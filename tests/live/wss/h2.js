// A server of HTTP/2 that carries WebSockets (RFC 8441), of Node alone, in the folder of its certificate: h2.js PORT.
//
// Its page says three messages over one, and its loading ends when they came back and both sides have closed. What each side
// said is printed, a line each.
const fs = require('fs');
const http2 = require('http2');
const path = require('path');

const at = (name) => fs.readFileSync(path.join(__dirname, name));
const PAGE = `<!doctype html><title>messages</title><script>
const texts = ['first', 'second', 'third'];
const socket = new WebSocket('wss://' + location.host + '/socket');
socket.onopen = () => socket.send(texts.shift());
socket.onmessage = () => texts.length ? socket.send(texts.shift()) : socket.close(1000, 'done');
</script><body><img src="/over">`;
const over = [];

const frame = (opcode, data) => Buffer.concat([Buffer.from([0x80 | opcode, data.length]), data]);

function echo(stream) {
  stream.respond({ ':status': 200 });
  let rest = Buffer.alloc(0);
  stream.on('error', () => {});
  stream.on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 6 && rest.length >= 6 + (rest[1] & 127)) {
      const [opcode, length] = [rest[0] & 15, rest[1] & 127];
      const payload = rest.subarray(6, 6 + length).map((byte, index) => byte ^ rest[2 + index % 4]);
      rest = rest.subarray(6 + length);
      if (opcode === 8) {
        stream.end(frame(8, payload));
        over.splice(0).forEach((answer) => answer());
      } else {
        console.log(`client ${payload}\nserver ${payload}`);
        stream.write(frame(1, payload));
      }
    }
  });
}

const server = http2.createSecureServer({
  key: at('key.pem'), cert: at('cert.pem'), allowHTTP1: false, settings: { enableConnectProtocol: true },
});
server.on('stream', (stream, headers) => {
  if (headers[':protocol'] === 'websocket') {
    echo(stream);
  } else if (headers[':path'] === '/over') {
    over.push(() => { stream.respond({ ':status': 404 }, { endStream: true }); });
  } else if (headers[':path'] === '/') {
    stream.respond({ ':status': 200, 'content-type': 'text/html' });
    stream.end(PAGE);
  } else {
    stream.respond({ ':status': 404 }, { endStream: true });
  }
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
