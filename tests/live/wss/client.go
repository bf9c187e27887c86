// A client that says three messages over TLS, in the folder of the certificates. With the word "log" it writes a key log where
// SSLKEYLOGFILE says.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	authority, err := os.ReadFile("ca.pem")
	check(err)
	config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"}
	config.RootCAs.AppendCertsFromPEM(authority)
	if len(os.Args) > 1 {
		config.KeyLogWriter, err = os.OpenFile(os.Getenv("SSLKEYLOGFILE"), os.O_APPEND|os.O_WRONLY, 0o600)
		check(err)
	}
	stream, err := tls.Dial("tcp", "127.0.0.1:4443", config)
	check(err)
	fmt.Fprint(stream, "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	answer := make([]byte, 1000)
	_, err = stream.Read(answer)
	check(err)
	for _, text := range []string{"first", "second", "third"} {
		stream.Write(append([]byte{0x81, byte(0x80 | len(text)), 0, 0, 0, 0}, text...))
		_, err = io.ReadFull(stream, answer[:2+len(text)])
		check(err)
	}
	stream.Write([]byte{0x88, 0x82, 0, 0, 0, 0, 3, 232})
	io.ReadFull(stream, answer[:4])
	stream.Close()
}
