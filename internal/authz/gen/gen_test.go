package main

import (
	"archive/tar"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pack writes an npm package file with the given data files.
func pack(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for name, text := range files {
		if err := tw.WriteHeader(&tar.Header{Name: "package/" + name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "p.tgz")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const actionsNow = `{"makething":{"name":"MakeThing","accessLevel":"Tagging, Write","conditionKeys":["x:b"],"dependentActions":[],
	"resourceTypes":[{"name":"thing","required":true,"conditionKeys":["x:a"],"dependentActions":[]},{"name":"box","required":false,"conditionKeys":[],"dependentActions":[]}]}}`

const actionsThen = `{"makething":{"name":"MakeThing","accessLevel":"Write","conditionKeys":[],"dependentActions":["iam:PassRole"],
	"resourceTypes":[{"name":"thing","required":true,"conditionKeys":[],"dependentActions":["x:TagThing "]}]},
	"gone":{"name":"Gone","accessLevel":"Read","conditionKeys":[],"dependentActions":["x:y"],"resourceTypes":[]}}`

const typesNow = `{"thing":{"key":"thing","arn":"arn:${Partition}:x:::thing/${ThingId}"}}`

const apiModel = `{"metadata":{"endpointPrefix":"apigateway","serviceId":"X Thing"},
	"operations":{"MakeThing":{"name":"MakeThing2020_05_31","http":{"method":"POST","requestUri":"/things"},"input":{"shape":"In"}},
		"Login":{"name":"Login","authtype":"none","http":{"method":"GET","requestUri":"/login"}}},
	"shapes":{"In":{"type":"structure","required":["RoleArn"],"members":{"RoleArn":{"shape":"S"},"Parts":{"shape":"L"},"RoleSessionName":{"shape":"S"}}},
		"L":{"type":"list","member":{"shape":"P"}},"P":{"type":"structure","members":{"ExecutionRole":{"shape":"S"},"Self":{"shape":"P"}}},"S":{"type":"string"}}}`

// TestRun makes the data from a small package of each kind, twice: the same
// bytes, with everything in them.
func TestRun(t *testing.T) {
	sdk := t.TempDir()
	for _, version := range []string{"2019-01-01", "2020-01-01"} {
		dir := filepath.Join(sdk, "models", "apis", "x", version)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		text := apiModel
		if version == "2019-01-01" {
			text = `{"operations":{"Old":{"name":"Old"}}}`
		}
		if err := os.WriteFile(filepath.Join(dir, "api-2.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sar := pack(t, map[string]string{"data/actions/x.json": actionsNow, "data/resourceTypes/x.json": typesNow, "data/other.json": "{}", "README.md": "x"})
	then := pack(t, map[string]string{"data/actions/x.json": actionsThen})
	var made [2][]byte
	for i := range made {
		out := t.TempDir()
		if err := run(context.Background(), []string{"-out", out, "-sar", sar, "-dependents", then, "-sdk", sdk}); err != nil {
			t.Fatal(err)
		}
		made[i], _ = os.ReadFile(filepath.Join(out, "aws.bin"))
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("two runs differ")
	}
	index, body, _ := bytes.Cut(made[0], []byte("\n\n"))
	for _, want := range []string{"leasttrail-authz 1", sarPackage, dependentsPackage, sdkModule, "\na/x\t0\t", "\no/apigateway\t"} {
		if !strings.Contains(string(index), want) {
			t.Errorf("the index lacks %q:\n%s", want, index)
		}
	}
	text := inflate(t, body)
	const want = "Kx:a\nKx:b\nRthing\tarn:${Partition}:x:::thing/${ThingId}\nAMakeThing\tT\tbox,thing!\tiam:PassRole,x:TagThing\t0,1\n"
	if text != want {
		t.Errorf("actions:\n%s\nwant\n%s", text, want)
	}
}

// inflate reads the first block.
func inflate(t *testing.T, body []byte) string {
	t.Helper()
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestModels(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x", "2020-01-01")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "api-2.json"), []byte(apiModel), 0o600); err != nil {
		t.Fatal(err)
	}
	operations, err := readModels(filepath.Dir(filepath.Dir(dir)))
	if err != nil {
		t.Fatal(err)
	}
	const want = "SX Thing\nOLogin\tu\tGET /login\t\nOMakeThing2020_05_31\t\tPOST /things\tparts[].executionRole,roleArn!\n"
	if got := operationBlock(operations["apigateway"]); got != want {
		t.Errorf("operations:\n%s\nwant\n%s", got, want)
	}
}

func TestErrors(t *testing.T) {
	bad := pack(t, map[string]string{"data/actions/x.json": `{"a":{"name":"A","accessLevel":"Wish"}}`})
	for name, args := range map[string][]string{
		"no such file":      {"-sar", "/nonexistent.tgz", "-dependents", bad, "-sdk", "/nonexistent"},
		"unknown level":     {"-sar", bad, "-dependents", bad, "-sdk", "/nonexistent"},
		"unknown flag":      {"-nonsense"},
		"no such sdk":       {"-sar", pack(t, map[string]string{"data/actions/x.json": actionsNow}), "-dependents", pack(t, nil), "-sdk", "/nonexistent"},
		"a package of none": {"-sar", pack(t, nil), "-dependents", pack(t, nil), "-sdk", t.TempDir()},
	} {
		if err := run(context.Background(), append(args, "-out", t.TempDir())); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
