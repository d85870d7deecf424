package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// TLS is an encrypted connection. Without CAFile the system's authorities are
// trusted; with CertFile and KeyFile Takt shows a certificate of its own.
type TLS struct {
	CAFile   string `yaml:"ca_file,omitempty"`
	CertFile string `yaml:"cert_file,omitempty"`
	KeyFile  string `yaml:"key_file,omitempty"`
}

// Client returns the TLS configuration of a client. The own certificate is read
// anew for each connection, so that it may be renewed while Takt runs.
func (t *TLS) Client() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CAFile != "" {
		data, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read authorities: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("read authorities: %s holds no certificate in PEM form", t.CAFile)
		}
	}
	if t.CertFile != "" {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
			if err != nil {
				return nil, fmt.Errorf("read own certificate: %w", err)
			}
			return &pair, nil
		}
	}
	return c, nil
}

// Server returns the certificate that a server shows, read anew for each
// connection, so that it may be renewed while Takt runs.
func (t *TLS) Server(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read own certificate: %w", err)
	}
	return &pair, nil
}

// tls takes the key tls of o, nil if it is absent. Its files must be readable and
// hold what they should.
func (l *loader) tls(o *object) *TLS {
	if !o.has("tls") {
		return nil
	}
	o = o.object("tls")
	t := &TLS{CAFile: l.path(o, "ca_file"), CertFile: l.path(o, "cert_file"), KeyFile: l.path(o, "key_file")}
	if t.CAFile != "" {
		if data, err := l.read(t.CAFile); err != nil {
			o.report("ca_file", "cannot read %s: %s", o.text("ca_file", ""), cause(err))
		} else if !x509.NewCertPool().AppendCertsFromPEM(data) {
			o.report("ca_file", "%s holds no certificate in PEM form", o.text("ca_file", ""))
		}
	}
	switch {
	case t.CertFile != "" && t.KeyFile == "":
		o.report("cert_file", "needs key_file beside it")
	case t.CertFile == "" && t.KeyFile != "":
		o.report("key_file", "needs cert_file beside it")
	case t.CertFile != "":
		l.keyPair(o, t)
	}
	o.done()
	return t
}

func (l *loader) keyPair(o *object, t *TLS) {
	cert, err := l.read(t.CertFile)
	if err != nil {
		o.report("cert_file", "cannot read %s: %s", o.text("cert_file", ""), cause(err))
	}
	key, keyErr := l.read(t.KeyFile)
	if keyErr != nil {
		o.report("key_file", "cannot read %s: %s", o.text("key_file", ""), cause(keyErr))
	}
	if err != nil || keyErr != nil {
		return
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		o.report("cert_file", "does not go with key_file: %s", err)
	}
}
