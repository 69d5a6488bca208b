// Stands in for Envoy's admin interface: answers the question for its secrets with what the environment variable DUMP holds.
package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	dump := []byte(os.Getenv("DUMP"))
	http.HandleFunc("/config_dump", func(writer http.ResponseWriter, request *http.Request) {
		if request.URL.Query().Get("resource") != "dynamic_active_secrets" {
			http.NotFound(writer, request)
			return
		}
		writer.Header().Set("content-type", "application/json")
		writer.Write(dump)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:15000", nil))
}
