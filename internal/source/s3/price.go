package s3

import "fmt"

// What AWS charges, in US dollars, in us-east-1 and the S3 Standard class.
// Other regions and classes differ by some per cent up; reading a bucket from
// a machine outside AWS pays for the data, from one in the bucket's region
// does not. Source: Amazon S3 pricing, "Requests & data retrievals" and "Data
// transfer" (list prices, read 2026).
const (
	pricePerList = 0.005 / 1000
	pricePerGet  = 0.0004 / 1000
	pricePerGB   = 0.09
)

// Bill is what the requests so far cost by AWS's list prices, in one line; ""
// if there were none.
func (c *Client) Bill() string {
	m := &c.meter
	lists, gets, heads := m.Lists.Load(), m.Gets.Load(), m.Heads.Load()
	if lists+gets+heads == 0 {
		return ""
	}
	requests := float64(lists)*pricePerList + float64(gets+heads)*pricePerGet
	transfer := float64(m.Bytes.Load()) / 1e9 * pricePerGB
	return fmt.Sprintf("%d LIST and %d GET requests cost about $%.4f in us-east-1; the data $%.4f where it leaves AWS", lists, gets+heads, requests, transfer)
}
