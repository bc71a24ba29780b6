package eval

// tri is a truth value that may be unknown; and, or and not are Kleene's.
type tri int8

const (
	no    tri = -1
	maybe tri = 0
	yes   tri = 1
)

func truth(b bool) tri {
	if b {
		return yes
	}
	return no
}

func and(list ...tri) tri {
	result := yes
	for _, t := range list {
		result = min(result, t)
	}
	return result
}

func or(list ...tri) tri {
	result := no
	for _, t := range list {
		result = max(result, t)
	}
	return result
}

func not(t tri) tri { return -t }
