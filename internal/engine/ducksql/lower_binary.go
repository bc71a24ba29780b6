package ducksql

import "github.com/leasttrail/leasttrail/internal/athenasql/types"

// binaryLowerings are the functions over bytes and network addresses.
func binaryLowerings() map[string]lowering {
	return map[string]lowering{
		"to_utf8":            tmpl("encode($1)"),
		"from_utf8/1":        tmpl(`lt_from_utf8($1, chr(65533))`),
		"from_utf8/2":        byReplacement,
		"to_hex":             tmpl("hex($1)"),
		"from_hex":           decoder("hex"),
		"to_base64":          tmpl("base64($1)"),
		"from_base64":        decoder("base64"),
		"to_base64url":       tmpl("lt_encode($1, 'base64url')"),
		"from_base64url":     decoder("base64url"),
		"to_base32":          tmpl("lt_encode($1, 'base32')"),
		"from_base32":        decoder("base32"),
		"md5":                tmpl("unhex(md5($1))"),
		"sha1":               tmpl("unhex(sha1($1))"),
		"sha256":             tmpl("unhex(sha256($1))"),
		"sha512":             tmpl("lt_hash($1, 'sha512')"),
		"crc32":              tmpl("lt_crc32($1)"),
		"xxhash64":           tmpl("lt_hash($1, 'xxhash64')"),
		"murmur3":            tmpl("lt_hash($1, 'murmur3')"),
		"hmac_md5":           tmpl("lt_hmac($1, $2, 'md5')"),
		"hmac_sha1":          tmpl("lt_hmac($1, $2, 'sha1')"),
		"hmac_sha256":        tmpl("lt_hmac($1, $2, 'sha256')"),
		"hmac_sha512":        tmpl("lt_hmac($1, $2, 'sha512')"),
		"to_big_endian_32":   tmpl("lt_big_endian(CAST($1 AS BIGINT), 4)"),
		"to_big_endian_64":   tmpl("lt_big_endian($1, 8)"),
		"from_big_endian_32": tmpl("CAST(lt_from_big_endian($1, 4) AS INTEGER)"),
		"from_big_endian_64": tmpl("lt_from_big_endian($1, 8)"),
		"to_ieee754_32":      tmpl("lt_ieee754(CAST($1 AS DOUBLE), 4)"),
		"to_ieee754_64":      tmpl("lt_ieee754($1, 8)"),
		"from_ieee754_32":    tmpl("CAST(lt_from_ieee754($1, 4) AS FLOAT)"),
		"from_ieee754_64":    tmpl("lt_from_ieee754($1, 8)"),

		"ip_prefix": byKind(map[types.Kind]lowering{
			types.IPAddress: tmpl("lt_ip_prefix($1, $2)"), types.Unknown: tmpl("lt_ip_prefix(lt_parse_ip($1), $2)"),
		}),
		"ip_subnet_min":   tmpl("lt_ip_of_prefix($1)"),
		"ip_subnet_max":   tmpl("lt_ip_subnet_max($1)"),
		"ip_subnet_range": tmpl("[lt_ip_of_prefix($1), lt_ip_subnet_max($1)]"),
		"is_subnet_of": func(c *call) string {
			if c.kind(1) == types.IPPrefix {
				return c.fill("lt_prefix_in($1, $2)", c.p.exprs(c.args))
			}
			return c.fill("lt_ip_in($1, $2)", c.p.exprs(c.args))
		},
	}
}

// decoder prints from_hex and its like, of text or of the text's bytes.
func decoder(encoding string) lowering {
	return byKind(map[types.Kind]lowering{
		types.Varbinary: tmpl("lt_decode(lt_from_utf8($1, ''), '" + encoding + "')"),
		types.Unknown:   tmpl("lt_decode($1, '" + encoding + "')"),
	})
}

func byReplacement(c *call) string {
	if c.kind(1) == types.Bigint {
		return "lt_from_utf8(" + c.arg(0) + ", lt_chr(" + c.arg(1) + "))"
	}
	return "lt_from_utf8(" + c.arg(0) + ", " + c.arg(1) + ")"
}
