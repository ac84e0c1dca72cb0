package policy

import "sync"

// File is a policy file that may be edited while the product runs: it is read again at each use, and while it is
// broken the last good policy holds.
type File struct {
	path   string
	report func(error)

	mu   sync.Mutex
	good Policy
	said string // the trouble that was last reported
}

// Open reads the policy file at path; it must be good to begin with. report is told when a later reading finds it
// broken (once for each new trouble) and, with nil, when it is good again. It is called while the file is being
// read and must not use it.
func Open(path string, report func(error)) (*File, error) {
	p, err := Load(path)
	if err != nil {
		return nil, err
	}
	return &File{path: path, report: report, good: p}, nil
}

// Policy is the policy in the file as it is now, or the last good one.
func (f *File) Policy() Policy {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, err := Load(f.path)
	if err != nil {
		f.say(err)
		return f.good
	}
	f.say(nil)
	f.good = p
	return p
}

func (f *File) say(err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said == f.said {
		return
	}
	f.said = said
	if f.report != nil {
		f.report(err)
	}
}
