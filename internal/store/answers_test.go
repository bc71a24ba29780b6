package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAnswers(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "store"), "a")
	if err := s.KeepAnswer("a", "early", []byte("x")); err == nil {
		t.Error("an answer is kept without a part")
	}
	add(t, s, "a", []byte("PAR1"), kept("x", "1"))
	before := time.Now().Add(-time.Hour)
	for i := range maxAnswers + 5 {
		key := fmt.Sprint("k", i)
		if err := s.KeepAnswer("a", key, []byte(key)); err != nil {
			t.Fatal(err)
		}
		at := before.Add(time.Duration(i) * time.Second)
		_ = os.Chtimes(filepath.Join(s.kindDir("a"), answerName+key), at, at)
	}
	for key, want := range map[string]bool{"k0": false, "k4": false, "k5": true, "k36": true, "other": false} {
		if b, ok := s.Answer("a", key); ok != want || ok && string(b) != key {
			t.Errorf("%s: %q %t", key, b, ok)
		}
	}
	path := filepath.Join(s.kindDir("a"), answerName+"k36")
	if err := os.WriteFile(path, []byte("k36and more"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Answer("a", "k36"); ok {
		t.Error("a damaged answer is given")
	}
	if st, err := s.Status(none); err != nil || st.Other != 0 || st.Parts != 1 {
		t.Errorf("%+v %v: answers are nothing of others", st, err)
	}
	if _, err := s.Prune(none); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Answer("a", "k30"); ok {
		t.Error("prune leaves answers")
	}
}
