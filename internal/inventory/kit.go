package inventory

// Part is a component of a kit: units per unit of the kit.
type Part struct {
	SKU      string
	Quantity int64
}

// KitsAvailable is how many kits can be made of what is available at one location: a kit ships from one place. Parts
// that share a SKU are summed before they are compared.
func KitsAvailable(parts []Part, available func(sku string) int64) int64 {
	if len(parts) == 0 {
		return 0
	}
	need := make(map[string]int64, len(parts))
	for _, p := range parts {
		need[p.SKU] += p.Quantity
	}
	least := int64(-1)
	for sku, n := range need {
		if k := max(available(sku), 0) / n; least < 0 || k < least {
			least = k
		}
	}
	return least
}
