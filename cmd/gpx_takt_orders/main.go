// Command gpx_takt_orders is the backend of Grafana's datasource plugin
// takt-orders-datasource. Grafana starts it and talks to it over gRPC; by hand it does
// nothing.
package main

import (
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	takt "github.com/takt-orders/takt/dashboards/datasource"
)

func main() {
	if err := datasource.Manage(takt.ID, takt.New, datasource.ManageOpts{}); err != nil {
		log.DefaultLogger.Error("plugin ends", "err", err)
		os.Exit(1)
	}
}
