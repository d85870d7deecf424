//go:build !(linux && amd64)

package embedded

// engine stands in for the ClickHouse library where there is none.
type (
	engine       struct{}
	conn         struct{}
	insertStream struct{}
)

func loadEngine(string) (*engine, error)        { return nil, errPlatform }
func (*engine) version() string                 { return "" }
func (*engine) open(...string) (*conn, error)   { return nil, errPlatform }
func (*conn) close()                            {}
func (*insertStream) Write([]byte) (int, error) { return 0, errPlatform }
func (*insertStream) commit() (uint64, error)   { return 0, errPlatform }
func (*insertStream) cancel()                   {}
func (*conn) stream(string, string, []param, func([]byte) error) error {
	return errPlatform
}

func (*conn) run(string, string, []param, func([]byte) error) (uint64, error) {
	return 0, errPlatform
}

func (*conn) insert(string, string, []param) (*insertStream, error) {
	return nil, errPlatform
}
