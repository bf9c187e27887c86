// A client that says three messages, by the WebSocket that the runtime itself has (Deno, Bun).
const socket = new WebSocket('wss://localhost:4443/');
const texts = ['first', 'second', 'third'];
socket.onopen = () => socket.send(texts.shift());
socket.onmessage = () => texts.length ? socket.send(texts.shift()) : socket.close(1000);
