package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/smtp"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SMTP is a server that takes mail, and whom it goes to beside the people that a
// message mentions.
type SMTP struct {
	Addr     string   // host:port
	From     string   // address of the sender
	To       []string // further recipients
	User     string   // empty: no authentication
	Password string
	Plain    bool        // do not ask for STARTTLS: only for a server on this machine
	TLS      *tls.Config // nil: the system's authorities
}

const mailTimeout = 30 * time.Second

func (s *SMTP) send(ctx context.Context, m *Message, now time.Time) error {
	to := s.recipients(m)
	if len(to) == 0 {
		return &sendError{text: "nobody to write to: neither the staff file nor the receiver names an address", refused: true}
	}
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return &sendError{text: "the mail server cannot be reached: " + err.Error()}
	}
	defer conn.Close() //nolint:errcheck // Quit or the error has told
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return &sendError{text: err.Error()}
		}
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() }) //nolint:errcheck // ends what waits on it
	defer stop()
	return mailError(s.talk(conn, to, s.mail(m, to, now)))
}

func (s *SMTP) recipients(m *Message) []string {
	to := slices.Clone(s.To)
	for i := range m.Mentions {
		if e := m.Mentions[i].Email; e != "" && !slices.Contains(to, e) {
			to = append(to, e)
		}
	}
	return to
}

// talk is one session with the server.
func (s *SMTP) talk(conn net.Conn, to []string, mail []byte) error {
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // Quit has told
	if !s.Plain {
		config := &tls.Config{MinVersion: tls.VersionTLS12}
		if s.TLS != nil {
			config = s.TLS.Clone()
		}
		config.ServerName = cmp.Or(config.ServerName, host)
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errors.New("the server offers no STARTTLS")
		}
		if err := c.StartTLS(config); err != nil {
			return fmt.Errorf("start TLS: %w", err)
		}
	}
	if s.User != "" {
		if err := c.Auth(smtp.PlainAuth("", s.User, s.Password, host)); err != nil {
			return fmt.Errorf("authenticate: %w", err)
		}
	}
	if err := c.Mail(s.From); err != nil {
		return err
	}
	for _, each := range to {
		if err := c.Rcpt(each); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(mail); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// mailError judges an error of a session: 5xx is for ever, 4xx for now.
func mailError(err error) error {
	if err == nil {
		return nil
	}
	e := &sendError{text: "the mail was not taken: " + err.Error()}
	var p *textproto.Error
	if errors.As(err, &p) {
		e.code, e.refused = strconv.Itoa(p.Code), p.Code >= 500
	}
	return e
}

// mail writes the message as plain text in UTF-8.
func (s *SMTP) mail(m *Message, to []string, now time.Time) []byte {
	var b strings.Builder
	header := func(key, value string) {
		b.WriteString(key + ": " + strings.NewReplacer("\r", " ", "\n", " ").Replace(value) + "\r\n")
	}
	header("From", s.From)
	header("To", strings.Join(to, ", "))
	header("Subject", mime.BEncoding.Encode("utf-8", cut(strings.Join(append([]string{m.Title}, m.What[:min(1, len(m.What))]...), " | "), 200)))
	header("Date", now.Format(time.RFC1123Z))
	header("Auto-Submitted", "auto-generated") // RFC 3834: no automatic answers
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "base64")
	b.WriteString("\r\n")
	text := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(m.Text()+"\n", "\n", "\r\n")))
	for ; len(text) > 76; text = text[76:] {
		b.WriteString(text[:76] + "\r\n")
	}
	b.WriteString(text + "\r\n")
	return []byte(b.String())
}
