package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxSize bounds what is read: a policy is a few pages.
const maxSize = 1 << 20

// Load reads the policy file at path. See [Parse].
func Load(path string) (Policy, error) {
	f, err := os.Open(path)
	if err != nil {
		return Policy{}, Faults{{File: path, Text: "it cannot be read (" + reason(err) + ")", Mend: "give the path of a policy file, for example policies/default.yaml"}}
	}
	defer func() { _ = f.Close() }()
	body, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return Policy{}, Faults{{File: path, Text: "it cannot be read (" + reason(err) + ")", Mend: "check the file"}}
	}
	return Parse(filepath.Base(path), body)
}

func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// Parse reads a policy file, fills in the defaults and checks everything that can be checked without the company's
// systems, the order of steps included. name stands for the file in errors. The error is [Faults]: everything
// that is wrong, each with line, field and mend.
func Parse(name string, body []byte) (Policy, error) {
	root, fault := document(body)
	if fault != nil {
		fault.File = name
		return Policy{}, Faults{*fault}
	}
	s := newSurvey(name)
	s.walk(root, policyType, "")
	if err := s.faults.err(); err != nil {
		return Policy{}, err
	}
	p := defaults()
	d := yaml.NewDecoder(bytes.NewReader(body))
	d.KnownFields(true) // the survey has named every unknown key already; this is the net below it
	if err := d.Decode(&p); err != nil {
		return Policy{}, Faults{{File: name, Text: strings.TrimPrefix(err.Error(), "yaml: "), Mend: "correct the value"}}
	}
	p.Source = name
	p.settle()
	c := checker{policy: p, survey: s}
	c.everything()
	if err := s.faults.err(); err != nil {
		return Policy{}, err
	}
	return p, nil
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)$`)

// document is the one YAML document of the file.
func document(body []byte) (*yaml.Node, *Fault) {
	if len(body) > maxSize {
		return nil, &Fault{Text: fmt.Sprintf("it is larger than %d bytes", maxSize), Mend: "give a policy file"}
	}
	d := yaml.NewDecoder(bytes.NewReader(body))
	var doc, more yaml.Node
	err := d.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF):
		return nil, &Fault{Text: "it is empty", Mend: "start from policies/default.yaml"}
	case err != nil:
		m := yamlLine.FindStringSubmatch(err.Error())
		line, _ := strconv.Atoi(m[1])
		return nil, &Fault{Line: line, Text: "it is not YAML (" + m[2] + ")", Mend: "check indentation, quotes and colons near this line"}
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, &Fault{Line: more.Line, Text: "it holds a second document", Mend: "keep one document in a policy file"}
	}
	return doc.Content[0], nil
}
