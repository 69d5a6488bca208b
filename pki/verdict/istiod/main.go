// istiod's verdict on the files of a CA, by Go's own packages. Compiled to WebAssembly: the caller writes a question into the memory
// from alloc and reads the answer at the address from judge; both are JSON.
package main

import (
	"encoding/json"
	"unsafe"
)

func main() {}

// The bytes of the last question and answer: nothing else keeps them from the garbage collector.
var question, answer []byte

// alloc gives memory for a question.
//
//go:wasmexport alloc
func alloc(size uint32) uint32 {
	question = make([]byte, size)
	return address(question)
}

// judge answers the question: the address of the answer in the upper half, its length in the lower.
//
//go:wasmexport judge
func judge() uint64 {
	var asked Question
	if err := json.Unmarshal(question, &asked); err != nil {
		panic(err)
	}
	clear(question)
	question = nil
	var err error
	if answer, err = json.Marshal(asked.answer()); err != nil {
		panic(err)
	}
	return uint64(address(answer))<<32 | uint64(len(answer))
}

func address(bytes []byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
}
