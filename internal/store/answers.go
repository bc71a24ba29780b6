package store

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Beside its parts a kind keeps answers that an engine computed from them. An
// answer is found by a key that names all it depends on, the parts among it, so
// that it needs no clearing away to stay right; of many the oldest go.

const (
	answerName = "answer-"
	maxAnswers = 32
)

// Answer gives what KeepAnswer kept under a key; false if it is not there, or
// damaged.
func (s *Store) Answer(kind, key string) ([]byte, bool) {
	b, err := os.ReadFile(filepath.Join(s.kindDir(kind), answerName+key))
	if err != nil || len(b) < 4 {
		return nil, false
	}
	body := b[:len(b)-4]
	return body, crc32.Checksum(body, castagnoli) == binary.LittleEndian.Uint32(b[len(b)-4:])
}

// KeepAnswer keeps an answer under a key, which has to be part of a file's name.
func (s *Store) KeepAnswer(kind, key string, answer []byte) error {
	dir := s.kindDir(kind)
	f, err := os.CreateTemp(dir, stageName+answerName+"*") // which a writer of parts clears away
	if err != nil {
		return err
	}
	_, err = f.Write(binary.LittleEndian.AppendUint32(slices.Clone(answer), crc32.Checksum(answer, castagnoli)))
	err = cmp.Or(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, answerName+key))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return dropAnswers(dir)
}

// dropAnswers removes all but the youngest answers.
func dropAnswers(dir string) error {
	infos, err := answers(dir)
	if err != nil {
		return err
	}
	slices.SortFunc(infos, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range infos[min(len(infos), maxAnswers):] {
		err = cmp.Or(err, os.Remove(filepath.Join(dir, info.Name())))
	}
	return err
}

// answers lists those of a kind's folder.
func answers(dir string) ([]os.FileInfo, error) {
	entries, err := os.ReadDir(dir)
	var infos []os.FileInfo
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), answerName) {
			if info, err := e.Info(); err == nil {
				infos = append(infos, info)
			}
		}
	}
	return infos, err
}
