package dashboards

import (
	"net"
	"strconv"

	"github.com/takt-orders/takt/dashboards/grafana"
)

// PrometheusSource is the datasource of the boards about the pipeline.
func PrometheusSource(url string) grafana.Source {
	return grafana.Source{
		UID: PrometheusUID, Name: "Takt Prometheus", Type: PrometheusType, Access: "proxy", URL: url,
		JSONData: map[string]any{"timeInterval": "15s", "httpMethod": "POST"},
	}
}

// ClickHouseSource is the datasource of the managers' boards: ClickHouse's HTTP
// interface at "host:port", read as the user. An empty password is none.
func ClickHouseSource(address, user, password string) (grafana.Source, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return grafana.Source{}, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return grafana.Source{}, err
	}
	s := grafana.Source{
		UID: ClickHouseUID, Name: "Takt ClickHouse", Type: ClickHouseType, Access: "proxy",
		JSONData: map[string]any{"host": host, "port": number, "protocol": "http", "username": user, "defaultDatabase": "takt"},
	}
	if password != "" {
		s.SecureData = map[string]string{"password": password}
	}
	return s, nil
}
