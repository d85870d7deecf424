package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/gateway"
)

// FuzzJiandaoyun holds that no request passes as 简道云's that it did not sign.
func FuzzJiandaoyun(f *testing.F) {
	now := newClock().now()
	good := jiandaoyun("/in/s", "1", body, now)
	f.Add("timestamp=1767323045&nonce=0f5ade", good.header.Get("X-JDY-Signature"), "1", []byte(body))
	f.Add("timestamp=1767323045&nonce=", "00", "", []byte(""))
	f.Add("timestamp=-1&nonce=a&nonce=b", "zz", "1", []byte("{}"))
	f.Add("%zz", "", "\x00", []byte("\xff"))
	f.Fuzz(func(t *testing.T, query, signature, id string, data []byte) {
		fuzz(t, &gateway.Jiandaoyun{Secret: []byte(secret), Within: time.Minute}, query, http.Header{
			"X-Jdy-Signature": {signature}, "X-Jdy-Deliverid": {id},
		}, data, now)
	})
}

// FuzzWebhook holds the same of Standard Webhooks.
func FuzzWebhook(f *testing.F) {
	now := newClock().now()
	good := webhook("/in/s", "1", body, now)
	f.Add("1", good.header.Get("Webhook-Timestamp"), good.header.Get("Webhook-Signature"), []byte(body))
	f.Add("", "9223372036854775807", "v1,", []byte(""))
	f.Add("1", "1e9", "v1,AAAA v1,AAAA v1,AAAA v1,AAAA v1,AAAA", []byte("[]"))
	f.Fuzz(func(t *testing.T, id, at, signature string, data []byte) {
		fuzz(t, &gateway.Webhook{Secret: []byte(secret), Within: time.Minute}, "", http.Header{
			"Webhook-Id": {id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature},
		}, data, now)
	})
}

// FuzzBearer holds the same of tokens.
func FuzzBearer(f *testing.F) {
	f.Add("Bearer "+secret, "1", []byte(body))
	f.Add("bearer  "+secret, "", []byte(`{"order_id":"1"} `))
	f.Add("Bearer", "1", []byte("{"))
	f.Fuzz(func(t *testing.T, authorization, id string, data []byte) {
		fuzz(t, &gateway.Bearer{Token: []byte(secret), DeliveryHeader: "Ce-Id"}, "", http.Header{
			"Authorization": {authorization}, "Ce-Id": {id},
		}, data, newClock().now())
	})
}

// kept is a log that keeps what it is given.
type kept struct{ bodies [][]byte }

func (k *kept) Append(_ context.Context, d gateway.Delivery) error {
	k.bodies = append(k.bodies, d.Body)
	return nil
}

// fuzz sends one request. Whatever it holds, its answer is one of the gateway's;
// one that is taken stands in the log as it came, and nothing else does. That it
// is genuine follows from the body of the seeds: no other has a signature.
func fuzz(t *testing.T, v gateway.Verifier, query string, header http.Header, data []byte, now time.Time) {
	log := &kept{}
	g, err := gateway.New(gateway.Config{Now: func() time.Time { return now }, Endpoints: []gateway.Endpoint{
		{Source: "s", Verifier: v, Log: log, Key: orderID, MaxBody: 4096},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/in/s", bytes.NewReader(data))
	r.URL = &url.URL{Path: "/in/s", RawQuery: query}
	r.Header = header
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	var a struct{ Result string }
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Result == "" {
		t.Fatalf("answer %q", w.Body)
	}
	if taken := w.Code == http.StatusOK; taken != (len(log.bodies) == 1) || len(log.bodies) > 1 || taken && !bytes.Equal(log.bodies[0], data) {
		t.Errorf("answered %d, the log holds %q", w.Code, log.bodies)
	}
	if _, token := v.(*gateway.Bearer); w.Code == http.StatusOK && !token && string(data) != body {
		t.Errorf("taken without a signature: %q", data)
	}
}
