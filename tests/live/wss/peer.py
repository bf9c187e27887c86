"""A WebSocket server and clients of it over TLS, of Python alone, in the folder of their certificates.

serve: echoes on port 4443, and prints what each side said, a line each. serve-plain: the same without
TLS on port 4447. talk: says three messages, with a context that writes a key log where SSLKEYLOGFILE says.
talk-closed: the same with a context that writes none.
"""
import base64
import hashlib
import os
import socket
import ssl
import struct
import sys
import threading
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))
CERTIFICATE = os.path.join(FOLDER, "cert.pem")
AUTHORITY = os.path.join(FOLDER, "ca.pem")


def read(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def head(stream):
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += read(stream, 1)
    return data


def answer(context, plain):
    try:
        stream = context.wrap_socket(plain, server_side=True) if context else plain
        lines = head(stream).split(b"\r\n")
        keys = [line.split(b": ")[1] for line in lines if line.lower().startswith(b"sec-websocket-key")]
        if not keys:
            stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return stream.close()
        accept = base64.b64encode(hashlib.sha1(keys[0] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        stream.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        while True:
            first, length = struct.unpack("BB", read(stream, 2))
            mask, length = read(stream, 4), length & 127
            data = bytes(byte ^ mask[at % 4] for at, byte in enumerate(read(stream, length)))
            if first & 15 == 1:
                print(f"client {data.decode()}\nserver {data.decode()}", flush=True)
            stream.sendall(bytes([first, length]) + data)
            if first & 15 == 8:
                return stream.close()
    except (OSError, EOFError):
        pass


def sealing():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, os.path.join(FOLDER, "key.pem"))
    return context


def serve(context, port):
    listener = socket.create_server(("127.0.0.1", port))
    print("ready", flush=True)
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=answer, args=(context, plain), daemon=True).start()


def frame(opcode, data):
    mask = os.urandom(4)
    return bytes([0x80 | opcode, 0x80 | len(data)]) + mask + bytes(b ^ mask[at % 4] for at, b in enumerate(data))


def connected():
    for _ in range(500):
        try:
            return socket.create_connection(("127.0.0.1", 4443))
        except ConnectionRefusedError:
            # What stands in front of a server may not listen yet.
            time.sleep(0.01)
    raise TimeoutError


def talk(context):
    stream = context.wrap_socket(connected(), server_hostname="localhost")
    stream.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    head(stream)
    for text in (b"first", b"second", b"third"):
        stream.sendall(frame(1, text))
        read(stream, 2 + len(text))
    stream.sendall(frame(8, b"\x03\xe8"))
    read(stream, 4)
    stream.close()


if sys.argv[1] == "serve":
    serve(sealing(), 4443)
elif sys.argv[1] == "serve-plain":
    serve(None, 4447)
elif sys.argv[1] == "talk":
    talk(ssl.create_default_context(cafile=AUTHORITY))
else:
    closed = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    closed.load_verify_locations(AUTHORITY)
    talk(closed)
