package console

import (
	"maps"
	"net/url"
)

// links makes addresses that keep what the reader has chosen.
type links struct {
	path  string // of this page, escaped
	query url.Values
}

// to returns an address of the console in the reader's language and process.
func (l links) to(path string, more ...string) string {
	q := url.Values{}
	for _, name := range []string{"lang", "process"} {
		if v := l.query.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	return join(path, set(q, more))
}

// here returns this page's address with some of its parameters changed.
func (l links) here(more ...string) string { return join(l.path, set(maps.Clone(l.query), more)) }

// set changes parameters, given as name, value, name, value; an empty value removes one.
func set(q url.Values, more []string) url.Values {
	for i := 0; i+1 < len(more); i += 2 {
		if q.Del(more[i]); more[i+1] != "" {
			q.Set(more[i], more[i+1])
		}
	}
	return q
}

func join(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// To returns an address of the console in the reader's language and process.
func (p *page) To(path string, more ...string) string { return p.links.to(path, more...) }

// Here returns this page's address with some of its parameters changed.
func (p *page) Here(more ...string) string { return p.links.here(more...) }

// Order returns the address of an order's page.
func (p *page) Order(id string) string {
	if id == "." || id == ".." { // which a browser takes for a folder
		return p.links.to("/orders/", "id", id)
	}
	return p.links.to("/orders/" + url.PathEscape(id))
}

// Chosen returns a parameter of the address.
func (p *page) Chosen(name string) string { return p.links.query.Get(name) }
