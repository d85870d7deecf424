package alerts_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/takt-orders/takt/deploy/embedded"
)

func TestMain(m *testing.M) {
	embedded.ChildMain()
	goleak.VerifyTestMain(m)
}
