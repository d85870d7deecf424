package app

import (
	"os"
	"path/filepath"
	"testing"
)

// The console takes the file's word only where the file asks people who they are.
func TestGuarded(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want, bad  bool
	}{
		{"empty", "", false, false},
		{"TLS alone", "tls_server_config: {cert_file: a, key_file: b}", false, false},
		{"users", "basic_auth_users: {ann: $2y$10$x}", true, false},
		{"client certificates", "tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequireAndVerifyClientCert, client_ca_file: c}", true, false},
		{"client certificates, if given", "tls_server_config: {client_auth_type: VerifyClientCertIfGiven}", false, false},
		{"no YAML", "a: [", false, true},
	} {
		file := filepath.Join(t.TempDir(), "web.yaml")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := guarded(file)
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%s: got %v, %v", tt.name, got, err)
		}
	}
	if got, err := guarded(""); got || err != nil {
		t.Errorf("no file: got %v, %v", got, err)
	}
	if _, err := guarded(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there is no error")
	}
}
