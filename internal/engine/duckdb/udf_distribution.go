package duckdb

import "math"

// distributionFunctions are those of statistics.
func distributionFunctions() []*udf {
	return []*udf{
		f3("lt_normal_cdf", doubleT, doubleT, doubleT, doubleT, func(mean, sd, v float64) (any, error) {
			if !(sd > 0) {
				return nil, invalidArgument("normalCdf Function: standardDeviation must be > 0")
			}
			return 0.5 * math.Erfc(-(v-mean)/(sd*math.Sqrt2)), nil
		}),
		f3("lt_inverse_normal_cdf", doubleT, doubleT, doubleT, doubleT, func(mean, sd, p float64) (any, error) {
			if !(p > 0 && p < 1) {
				return nil, invalidArgument("p must be 0 > p > 1")
			}
			if !(sd > 0) {
				return nil, invalidArgument("standardDeviation must be > 0")
			}
			return mean + sd*math.Sqrt2*math.Erfinv(2*p-1), nil
		}),
		f3("lt_beta_cdf", doubleT, doubleT, doubleT, doubleT, func(a, b, v float64) (any, error) {
			if !(v >= 0 && v <= 1) {
				return nil, invalidArgument("betaCdf Function: value must be in the interval [0, 1]")
			}
			if !(a > 0 && b > 0) {
				return nil, invalidArgument("betaCdf Function: a, b must be > 0")
			}
			return regularizedBeta(v, a, b), nil
		}),
		f4("lt_wilson", bigintT, bigintT, doubleT, bigintT, doubleT, wilson),
	}
}

func wilson(successes, trials int64, z float64, side int64) (any, error) {
	switch {
	case successes < 0:
		return nil, invalidArgument("number of successes must not be negative")
	case trials <= 0:
		return nil, invalidArgument("number of trials must be positive")
	case successes > trials:
		return nil, invalidArgument("number of successes must not be larger than number of trials")
	case z < 0:
		return nil, invalidArgument("z-score must not be negative")
	}
	n := float64(trials)
	p := float64(successes) / n
	return (p + z*z/(2*n) + float64(side)*z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))) / (1 + z*z/n), nil
}

// regularizedBeta is the regularized incomplete beta function, by its
// continued fraction.
func regularizedBeta(x, a, b float64) float64 {
	if x <= 0 || x >= 1 {
		return math.Min(math.Max(x, 0), 1)
	}
	if x > (a+1)/(a+b+2) {
		return 1 - regularizedBeta(1-x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log(1-x)) / a
	f, c, d := 1.0, 1.0, 0.0
	for i := range 300 {
		m := float64(i / 2)
		numerator := 1.0
		switch {
		case i == 0:
		case i%2 == 0:
			numerator = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			numerator = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		d = 1 / nonZero(1+numerator*d)
		c = nonZero(1 + numerator/c)
		f *= c * d
		if math.Abs(1-c*d) < 1e-15 {
			break
		}
	}
	return front * (f - 1)
}

func nonZero(v float64) float64 {
	if math.Abs(v) < 1e-300 {
		return 1e-300
	}
	return v
}
