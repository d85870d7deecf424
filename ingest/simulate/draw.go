package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// purpose separates the random numbers of one use from those of every other.
type purpose uint64

const (
	forArrival purpose = iota + 1
	forOrder
	forService
	forExit
	forGap
	forActor
	forDelivery
	forCancel
	forSide
	forLoss
	forLead
	forFault
)

// draws hands out random generators that depend on nothing but the seed, the
// purpose and the key.
type draws struct {
	seed uint64
	pcg  *rand.PCG
	rng  *rand.Rand
}

func newDraws(seed uint64) draws {
	pcg := rand.NewPCG(seed, 0)
	return draws{seed: seed, pcg: pcg, rng: rand.New(pcg)}
}

// at returns the generator for the n-th use of a purpose by the key. It is valid
// until the next call.
func (d *draws) at(p purpose, key, n uint64) *rand.Rand {
	d.pcg.Seed(mix(d.seed^mix(uint64(p))), mix(key+mix(n)))
	return d.rng
}

// mix is the finaliser of SplitMix64: neighbouring keys become unlike ones.
// https://doi.org/10.1145/2660193.2660195
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// lognormal draws a duration whose median is given and whose logarithm has the
// standard deviation sigma.
func lognormal(rng *rand.Rand, median time.Duration, sigma float64) time.Duration {
	return time.Duration(float64(median) * math.Exp(sigma*rng.NormFloat64()))
}

// ms is d in whole milliseconds.
func ms(d time.Duration) int64 { return d.Milliseconds() }
