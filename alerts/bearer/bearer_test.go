package bearer

import (
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSent(t *testing.T) {
	const token = "0123456789abcdef"
	for _, test := range []struct {
		name, authorization, header, token string
		want                               bool
	}{
		{"nothing", "", "", token, false},
		{"bearer", "Bearer " + token, "", token, true},
		{"header", "", token, token, true},
		{"header beside a basic password", "Basic bGk6cGFzcw==", token, token, true},
		{"header beside a wrong bearer", "Bearer x", token, token, true},
		{"bearer beside a wrong header", "Bearer " + token, "x", token, true},
		{"both wrong", "Bearer x", "x", token, false},
		{"a part", "Bearer " + token[:8], token[:8], token, false},
		{"no scheme", token, "", token, false},
		{"another scheme", "Basic " + token, "", token, false},
		{"a scheme in the header", "", "Bearer " + token, token, false},
		{"no token set", "", "", "", false},
		{"no token set, an empty one sent", "Bearer ", "", "", false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		if test.authorization != "" {
			r.Header.Set("Authorization", test.authorization)
		}
		if test.header != "" {
			r.Header.Set(Header, test.header)
		}
		if got := Sent(r, test.token); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
}
