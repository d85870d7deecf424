package notify

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

func decodeBody(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, r))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// mailServer speaks as much SMTP as a client needs: STARTTLS, AUTH PLAIN, one mail.
type mailServer struct {
	addr   string
	tls    *tls.Config
	reject string // answer to RCPT, empty: accept
	mails  chan string
	seen   chan string // AUTH, if encrypted
}

func startMail(t *testing.T, withTLS bool) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{addr: l.Addr().String(), mails: make(chan string, 10), seen: make(chan string, 10)}
	if withTLS {
		s.tls = certificate(t)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.serve(conn)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return s
}

func (s *mailServer) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	r, encrypted := bufio.NewReader(conn), false
	say := func(text string) { io.WriteString(conn, text+"\r\n") }
	say("220 test ESMTP")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-test")
			if s.tls != nil && !encrypted {
				say("250-STARTTLS")
			}
			if encrypted {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go on")
			conn = tls.Server(conn, s.tls)
			r, encrypted = bufio.NewReader(conn), true
		case "AUTH":
			s.seen <- rest
			say("235 ok")
		case "RCPT":
			if s.reject != "" {
				say(s.reject)
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(line)
			}
			s.mails <- b.String()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func certificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}}}
}

func (s *mailServer) authorities() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(s.tls.Certificates[0].Leaf)
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

func TestMail(t *testing.T) {
	m := Example(Chinese)
	t.Run("starttls", func(t *testing.T) {
		s := startMail(t, true)
		c := &SMTP{Addr: s.addr, From: "takt@example.com", To: []string{"duty@example.com"}, User: "takt", Password: "secret", TLS: s.authorities()}
		if err := c.send(t.Context(), &m, at(10, 20)); err != nil {
			t.Fatal(err)
		}
		if got := readMail(t, []byte(<-s.mails)); !strings.Contains(got, "Subject: 【测试】Takt 已连通此接收方 | 不涉及任何订单") {
			t.Errorf("got %s", got)
		}
		auth, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(<-s.seen, "PLAIN "))
		if string(auth) != "\x00takt\x00secret" {
			t.Errorf("got credentials %q", auth)
		}
	})
	t.Run("a server without STARTTLS gets nothing", func(t *testing.T) {
		s := startMail(t, false)
		c := &SMTP{Addr: s.addr, From: "takt@example.com", To: []string{"duty@example.com"}, User: "takt", Password: "secret"}
		if err := c.send(t.Context(), &m, at(10, 20)); err == nil || !strings.Contains(err.Error(), "STARTTLS") || len(s.mails)+len(s.seen) > 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("refused for ever", func(t *testing.T) {
		s := startMail(t, false)
		s.reject = "550 no such user"
		c := &SMTP{Addr: s.addr, From: "takt@example.com", To: []string{"none@example.com"}, Plain: true}
		var e *sendError
		if err := c.send(t.Context(), &m, at(10, 20)); !errors.As(err, &e) || !e.refused || e.code != "550" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		var e *sendError
		if err := (&SMTP{}).send(t.Context(), &m, at(10, 20)); !errors.As(err, &e) || !e.refused {
			t.Errorf("got %v", err)
		}
	})
}
