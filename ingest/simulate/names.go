package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/takt-orders/takt/metrics/process"
)

// names are the people, places and things of the simulated firm.
type names struct {
	channels, regions, warehouses, carriers, suppliers, products []string
	currency                                                     string
	channelShare, regionShare, productShare                      []float64  // cumulative
	actors                                                       [][]string // per stage
	owners                                                       []string   // per stage
	units                                                        [maxParcels + 1]string
	declared                                                     [maxParcels + 1]string
}

func newNames(plan *process.Plan) *names {
	n := &names{
		channels:     []string{"app", "web", "marketplace", "vip", "store"},
		channelShare: cumulate(0.40, 0.35, 0.17, 0.05, 0.03),
		regions:      []string{"east", "south", "north", "central", "west"},
		regionShare:  cumulate(0.32, 0.24, 0.20, 0.14, 0.10),
		warehouses:   []string{"warehouse-east", "warehouse-south", "warehouse-north"},
		carriers:     []string{"swift", "harbour", "comet"},
		suppliers:    []string{"acorn", "birch", "cedar", "dogwood", "elm", "fir", "ginkgo"},
		currency:     "CNY",
	}
	var shares []float64
	for k := range 40 { // Zipf's law, exponent 0.8: the first is a sixth of all
		n.products = append(n.products, fmt.Sprintf("P-%03d", 100+k))
		shares = append(shares, math.Pow(float64(k+1), -0.8))
	}
	n.productShare = cumulate(shares...)
	for i := range plan.Stages {
		team := plan.Stages[i].Owner.Team
		if team == "" {
			team = plan.Stages[i].Name
		}
		owner := plan.Stages[i].Owner.Person
		if owner == "" {
			owner = team
		}
		n.owners = append(n.owners, owner)
		var people []string
		for k := range 12 {
			people = append(people, fmt.Sprintf("%s-%02d", team, k+1))
		}
		n.actors = append(n.actors, people)
	}
	for k := 1; k <= maxParcels; k++ {
		n.units[k] = "p" + strconv.Itoa(k)
		n.declared[k] = n.units[k]
		if k > 1 {
			n.declared[k] = n.declared[k-1] + "," + n.units[k]
		}
	}
	return n
}

// place draws what the order is.
func (n *names) place(o *customerOrder, d *draws, parcels float64) {
	rng := d.at(forOrder, o.seq, 0)
	o.id = orderNumber(o.seq)
	o.channel = choose(rng, n.channelShare)
	o.region = choose(rng, n.regionShare)
	o.product = choose(rng, n.productShare)
	o.carrier = rng.IntN(len(n.carriers))
	u := rng.Float64()
	o.customerKey = customerKey(uint64(u * u * 120_000)) // some buy often
	o.quantity = 1000 * int64(1+min(rng.ExpFloat64()*0.6, 20))
	o.amount = int64(18_000*math.Exp(0.9*rng.NormFloat64())) + 100
	switch u := rng.Float64(); {
	case u < parcels/4:
		o.units = 3
	case u < parcels:
		o.units = 2
	}
}

// warehouse returns the warehouse that serves the region.
func (n *names) warehouse(region int) string { return n.warehouses[[...]int{0, 1, 2, 0, 1}[region]] }

func orderNumber(seq uint64) string {
	var buf [12]byte
	copy(buf[:], "SO-000000000")
	for i := len(buf) - 1; seq > 0 && i > 2; i-- {
		buf[i] = byte('0' + seq%10)
		seq /= 10
	}
	return string(buf[:])
}

// customerKey is what a keyed hash of a customer looks like.
func customerKey(customer uint64) string {
	const digits = "0123456789abcdef"
	var buf [16]byte
	h := mix(customer + 1)
	for i := range buf {
		buf[i] = digits[h>>(4*i)&15]
	}
	return string(buf[:])
}

// cumulate returns the running sums of the shares, scaled to end at 1.
func cumulate(shares ...float64) []float64 {
	sum := 0.0
	for _, s := range shares {
		sum += s
	}
	c, run := make([]float64, len(shares)), 0.0
	for i, s := range shares {
		run += s
		c[i] = run / sum
	}
	c[len(c)-1] = 1
	return c
}

func choose(rng *rand.Rand, cumulative []float64) int {
	u := rng.Float64()
	for i, c := range cumulative {
		if u < c {
			return i
		}
	}
	return len(cumulative) - 1
}
