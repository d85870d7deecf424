package notify

import (
	"errors"
	"net/http"

	"github.com/takt-orders/takt/alerts/bearer"
)

// Where a Hub answers.
const (
	WebhookPath = "/notify/alertmanager" // Alertmanager's webhook; /NAME after it names one receiver
	PagePath    = "/notify/"             // the pages that messages lead to
)

// Handler returns the webhook and the pages.
//
// The webhook answers 200 when every receiver concerned has taken the message, 400
// or 422 when no repetition would help, and 503 when Alertmanager should try again.
func (h *Hub) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+WebhookPath, h.webhook)
	mux.HandleFunc("POST "+WebhookPath+"/{receiver}", h.webhook)
	mux.HandleFunc("GET "+PagePath+"orders", h.ordersPage)
	mux.HandleFunc("GET "+PagePath+"acknowledge", h.confirmPage)
	mux.HandleFunc("POST "+PagePath+"acknowledge", h.acknowledge)
	return mux
}

func (h *Hub) webhook(w http.ResponseWriter, r *http.Request) {
	if h.cfg.Token != "" && !bearer.Sent(r, h.cfg.Token) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "the token is missing or wrong: set http_config.authorization.credentials_file in Alertmanager, or send "+bearer.Header, http.StatusUnauthorized)
		return
	}
	receiver := r.PathValue("receiver")
	if receiver != "" && h.box(receiver) == nil {
		http.Error(w, "there is no such receiver in takt.yaml", http.StatusNotFound)
		return
	}
	n, err := readNotice(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch err := h.notify(r.Context(), n, receiver); {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.Is(err, errRefused):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	default:
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
}
