// The same answers from Go: over HTTP, or lines over TCP.
//
//	go build -o server server.go && ./server http
//	./server echo
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
)

func hello(response http.ResponseWriter, request *http.Request) {
	response.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	response.Write([]byte("Hello, World!"))
}

func echo(connection net.Conn) {
	defer connection.Close()
	connection.Write([]byte("hello\n"))
	reader := bufio.NewReader(connection)
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return
		}
		if _, err = connection.Write(line); err != nil {
			return
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	if os.Args[1] == "http" {
		http.Serve(listener, http.HandlerFunc(hello))
		return
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go echo(connection)
	}
}
