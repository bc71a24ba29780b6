package trino

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	driver "github.com/trinodb/trino-go-client/trino"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// value turns what the driver gives for a type into a value of package types.
// The driver converts plain values and those in rows; inside arrays and maps
// without rows they are as the server wrote them in JSON. A map's order is lost
// on the way: its entries come sorted by the text of their keys.
func value(t *types.Type, v any) (any, error) {
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case time.Time:
		return timeValue(t, v)
	case []byte:
		if t.Kind == types.Varbinary {
			return slices.Clone(v), nil
		}
		return textValue(t, string(v))
	case int64:
		return v, nil
	case float64:
		return floatValue(t, v), nil
	case json.Number:
		return textValue(t, v.String())
	case string:
		return textValue(t, v)
	case driver.Row:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = v.Value(i)
		}
		return listValue(t, list)
	case []any:
		return listValue(t, v)
	case map[string]any:
		return mapValue(t, v)
	}
	return nil, fmt.Errorf("%T for %s", v, t)
}

func floatValue(t *types.Type, v float64) any {
	if t.Kind == types.Real {
		return float32(v)
	}
	return v
}

func listValue(t *types.Type, vs []any) (any, error) {
	out := make([]any, len(vs))
	for i, v := range vs {
		elem := t.Elem
		if t.Kind == types.Row {
			elem = t.Fields[i].Type
		}
		var err error
		if out[i], err = value(elem, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func mapValue(t *types.Type, m map[string]any) (any, error) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := make([]types.Entry, len(keys))
	for i, k := range keys {
		var err error
		if out[i].Key, err = value(t.Key, k); err != nil {
			return nil, err
		}
		if out[i].Value, err = value(t.Elem, m[k]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// timeValue is for plain values, and for those in rows.
func timeValue(t *types.Type, v time.Time) (any, error) {
	_, offset := v.Zone()
	local := v.Add(time.Duration(offset) * time.Second).UTC()
	clock := int64(local.Hour()*3600+local.Minute()*60+local.Second())*1e6 + int64(local.Nanosecond()/1000)
	switch t.Kind {
	case types.Date:
		return types.DateValue(math.Floor(float64(local.Unix()) / 86400)), nil
	case types.Time:
		return types.TimeValue(clock), nil
	case types.TimeTZ:
		return types.TimeTZValue{Micros: clock, OffsetMinutes: offset / 60}, nil
	case types.Timestamp:
		return types.TimestampValue(local.UnixMicro()), nil
	case types.TimestampTZ:
		return types.TimestampTZValue{Micros: v.UnixMicro(), Zone: zoneName(v, offset)}, nil
	}
	return nil, fmt.Errorf("a time for %s", t)
}

// zoneName is the name of a time's zone as Trino prints it.
func zoneName(v time.Time, offset int) string {
	name := v.Location().String()
	switch {
	case name == "" || name[0] == '+' || name[0] == '-':
		sign := '+'
		if offset < 0 {
			sign, offset = '-', -offset
		}
		return fmt.Sprintf("%c%02d:%02d", sign, offset/3600, offset/60%60)
	case name == "Local":
		return "UTC"
	}
	return name
}

// textValue reads the text of a value as the server writes it.
func textValue(t *types.Type, s string) (any, error) {
	switch t.Kind {
	case types.Boolean:
		return strconv.ParseBool(s)
	case types.Tinyint, types.Smallint, types.Integer, types.Bigint:
		return strconv.ParseInt(s, 10, 64)
	case types.Real, types.Double:
		v, err := strconv.ParseFloat(s, 64)
		return floatValue(t, v), err
	case types.Decimal:
		return decimalValue(s)
	case types.Varbinary:
		return base64.StdEncoding.DecodeString(s)
	case types.Date, types.Time, types.TimeTZ, types.Timestamp, types.TimestampTZ:
		return clockText(t, s)
	case types.IntervalDaySecond:
		return daySecond(s)
	case types.IntervalYearMonth:
		return yearMonth(s)
	case types.Char:
		return strings.TrimRight(s, " "), nil
	}
	return s, nil
}

func decimalValue(s string) (any, error) {
	v, ok := new(big.Int).SetString(strings.Replace(s, ".", "", 1), 10)
	if !ok {
		return nil, fmt.Errorf("decimal %q", s)
	}
	return v, nil
}

// clockText reads dates and times inside arrays and maps.
func clockText(t *types.Type, s string) (any, error) {
	layout, zone := "2006-01-02 15:04:05.999999999", time.UTC
	switch t.Kind {
	case types.Date:
		layout = time.DateOnly
	case types.Time:
		layout = "15:04:05.999999999"
	case types.TimeTZ:
		layout = "15:04:05.999999999-07:00"
	case types.TimestampTZ:
		i := strings.LastIndexByte(s, ' ')
		var ok bool
		if i < 0 {
			return nil, fmt.Errorf("no zone in %q", s)
		}
		if zone, ok = types.LoadZone(s[i+1:]); !ok {
			return nil, fmt.Errorf("unknown zone in %q", s)
		}
		s = s[:i]
	}
	v, err := time.ParseInLocation(layout, s, zone)
	if err != nil {
		return nil, err
	}
	return timeValue(t, v)
}

func daySecond(s string) (any, error) {
	text, negative := strings.CutPrefix(s, "-")
	var days, h, m, sec, ms int64
	if _, err := fmt.Sscanf(text, "%d %d:%d:%d.%d", &days, &h, &m, &sec, &ms); err != nil {
		return nil, fmt.Errorf("interval %q: %w", s, err)
	}
	v := days*86400000 + h*3600000 + m*60000 + sec*1000 + ms
	if negative {
		v = -v
	}
	return types.IntervalDaySecondValue(v), nil
}

func yearMonth(s string) (any, error) {
	text, negative := strings.CutPrefix(s, "-")
	var years, months int64
	if _, err := fmt.Sscanf(text, "%d-%d", &years, &months); err != nil {
		return nil, fmt.Errorf("interval %q: %w", s, err)
	}
	v := years*12 + months
	if negative {
		v = -v
	}
	return types.IntervalYearMonthValue(v), nil
}
