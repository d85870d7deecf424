package config

import (
	"bytes"
	"log/slog"
)

// Secret is a text that no printing shows.
type Secret struct{ text string }

const redacted = "<redacted>"

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.text }

// Known reports whether there is a secret.
func (s Secret) Known() bool { return s.text != "" }

// String returns a placeholder.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return redacted
}

// GoString returns a placeholder.
func (s Secret) GoString() string { return s.String() }

// MarshalText returns a placeholder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue returns a placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// secretFile takes the key of a file that holds a secret; its last line break is
// not part of it. It returns the file's path and content, both empty if the key
// is absent.
func (l *loader) secretFile(o *object, key string) (path string, s Secret) {
	path = l.path(o, key)
	if path == "" {
		return "", Secret{}
	}
	data, err := l.read(path)
	if err != nil {
		o.report(key, "cannot read %s: %s", o.text(key, ""), cause(err))
		return path, Secret{}
	}
	data = bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	if len(data) == 0 {
		o.report(key, "%s is empty: put the secret into it", o.text(key, ""))
	}
	return path, Secret{string(data)}
}

// password takes password_file of o; the environment's variable supersedes it.
func (l *loader) password(o *object, variable string) (path string, s Secret) {
	o.forbid("password", "a secret does not belong here: put it into a file and name that as password_file, or set "+variable)
	if text := l.getenv(variable); text != "" {
		l.path(o, "password_file")
		return "", Secret{text}
	}
	return l.secretFile(o, "password_file")
}
