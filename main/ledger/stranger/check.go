// Checks a ledger with golang.org/x/mod/sumdb alone: nothing of ours takes part.
//
// Input, as JSON on stdin: {"logKeys": [first, ...], "checkpoint", "older", "consistency": [base64], "entries": [{"leaf": base64, "proof": tlog-proof}]}.
// Prints a line for what it accepted; exits 1 with the reason at the first thing that it does not accept.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	LogKeys     []string `json:"logKeys"`
	Checkpoint  string   `json:"checkpoint"`
	Older       string   `json:"older"`
	Consistency []string `json:"consistency"`
	Entries     []struct {
		Leaf  []byte `json:"leaf"`
		Proof string `json:"proof"`
	} `json:"entries"`
}

type tree struct {
	size int64
	root tlog.Hash
}

func main() {
	var in input
	refuse(json.NewDecoder(os.Stdin).Decode(&in), "input")
	var keys []note.Verifier
	for _, text := range in.LogKeys {
		key, err := note.NewVerifier(text)
		refuse(err, "log key")
		keys = append(keys, key)
	}
	newer := openTree(in.Checkpoint, keys)
	older := openTree(in.Older, keys)
	var path tlog.TreeProof
	for _, line := range in.Consistency {
		path = append(path, parseHash(line))
	}
	refuse(tlog.CheckTree(path, newer.size, newer.root, older.size, older.root), "consistency")
	fmt.Printf("tree %d contains tree %d\n", newer.size, older.size)
	for _, entry := range in.Entries {
		checkEntry(entry.Leaf, entry.Proof, keys)
	}
	fmt.Printf("%d entries\n", len(in.Entries))
}

func openTree(signed string, keys []note.Verifier) tree {
	opened, err := note.Open([]byte(signed), note.VerifierList(keys...))
	refuse(err, "checkpoint")
	lines := strings.Split(opened.Text, "\n")
	// A log's key is named by its origin, also by the one under which it goes on after a loss.
	if len(lines) != 4 || lines[0] != opened.Sigs[0].Name {
		refuse(fmt.Errorf("%q", opened.Text), "checkpoint text")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	refuse(err, "size")
	return tree{size, parseHash(lines[2])}
}

func checkEntry(leaf []byte, file string, keys []note.Verifier) {
	parts := strings.SplitN(file, "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if len(parts) != 2 || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		refuse(fmt.Errorf("%q", file), "proof file")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	refuse(err, "index")
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		path = append(path, parseHash(line))
	}
	signed := openTree(parts[1], keys)
	refuse(tlog.CheckRecord(path, signed.size, signed.root, index, tlog.RecordHash(leaf)), "inclusion")
}

func parseHash(text string) tlog.Hash {
	bytes, err := base64.StdEncoding.DecodeString(text)
	var hash tlog.Hash
	if err != nil || copy(hash[:], bytes) != len(hash) || len(bytes) != len(hash) {
		refuse(fmt.Errorf("%q", text), "hash")
	}
	return hash
}

func refuse(err error, what string) {
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
	os.Exit(1)
}
