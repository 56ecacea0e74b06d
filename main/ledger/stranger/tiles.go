// Reads a ledger out of its tiles (C2SP tlog-tiles) with golang.org/x/mod/sumdb alone: nothing of ours takes part.
//
// Arguments: the folder, the log's verifier key, positions of entries. Checks the checkpoint's signature, computes the root from the tiles, and
// proves each entry of the bundles through them. Prints a line for what it accepted; exits 1 with the reason at the first thing that it does not accept.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder string

func (f folder) Height() int { return 8 }

// The paths of sumdb name the height of tiles, which is always 8 in tlog-tiles.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		bytes, err := os.ReadFile(filepath.Join(string(f), strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) entry(index, size int64) []byte {
	tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: int(min(256, size-index/256*256))}
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	bytes, err := os.ReadFile(filepath.Join(string(f), path))
	refuse(err, "entries")
	for i := index % 256; ; i-- {
		length := int(binary.BigEndian.Uint16(bytes))
		if i == 0 {
			return bytes[2 : 2+length]
		}
		bytes = bytes[2+length:]
	}
}

func main() {
	f := folder(os.Args[1])
	key, err := note.NewVerifier(os.Args[2])
	refuse(err, "log key")
	signed, err := os.ReadFile(filepath.Join(string(f), "checkpoint"))
	refuse(err, "checkpoint")
	opened, err := note.Open(signed, note.VerifierList(key))
	refuse(err, "checkpoint")
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	refuse(err, "size")
	bytes, err := base64.StdEncoding.DecodeString(lines[2])
	refuse(err, "root")
	var tree tlog.Tree
	tree.N = size
	copy(tree.Hash[:], bytes)
	reader := tlog.TileHashReader(tree, f)
	root, err := tlog.TreeHash(size, reader)
	refuse(err, "tiles")
	if root != tree.Hash {
		refuse(fmt.Errorf("%s is not %s", root, tree.Hash), "root")
	}
	for _, arg := range os.Args[3:] {
		index, err := strconv.ParseInt(arg, 10, 64)
		refuse(err, "position")
		proof, err := tlog.ProveRecord(size, index, reader)
		refuse(err, "proof")
		refuse(tlog.CheckRecord(proof, size, tree.Hash, index, tlog.RecordHash(f.entry(index, size))), "inclusion")
	}
	fmt.Printf("tree %d, %d entries\n", size, len(os.Args)-3)
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func refuse(err error, what string) {
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
	os.Exit(1)
}
