package types

// CanCast tells whether CAST(from AS to) is allowed at all, whatever the value
// (Trino's cast functions, read from the operators of its types).
func CanCast(from, to *Type) bool {
	if from.Equal(to) || from.Kind == Unknown || CanCoerce(from, to) {
		return true
	}
	switch from.Kind {
	case Array:
		return to.Kind == JSON && jsonable(from) || to.Kind == Array && CanCast(from.Elem, to.Elem)
	case Map:
		return to.Kind == JSON && jsonable(from) || to.Kind == Map && CanCast(from.Key, to.Key) && CanCast(from.Elem, to.Elem)
	case Row:
		return to.Kind == JSON && jsonable(from) || to.Kind == Row && castRow(from, to)
	case JSON:
		return fromJSON(to)
	}
	if to.Kind == JSON {
		return jsonable(from)
	}
	for _, k := range casts[from.Kind] {
		if k == to.Kind {
			return true
		}
	}
	return false
}

func castRow(from, to *Type) bool {
	if len(from.Fields) != len(to.Fields) {
		return false
	}
	for i := range from.Fields {
		if !CanCast(from.Fields[i].Type, to.Fields[i].Type) {
			return false
		}
	}
	return true
}

// casts lists the explicit casts between kinds, beyond the coercions.
var casts = map[Kind][]Kind{
	Boolean:           {Tinyint, Smallint, Integer, Bigint, Real, Double, Decimal, Varchar, Char},
	Tinyint:           {Boolean, Smallint, Integer, Bigint, Real, Double, Decimal, Varchar, Char},
	Smallint:          {Boolean, Tinyint, Integer, Bigint, Real, Double, Decimal, Varchar, Char},
	Integer:           {Boolean, Tinyint, Smallint, Bigint, Real, Double, Decimal, Varchar, Char},
	Bigint:            {Boolean, Tinyint, Smallint, Integer, Real, Double, Decimal, Varchar, Char},
	Real:              {Boolean, Tinyint, Smallint, Integer, Bigint, Double, Decimal, Varchar, Char},
	Double:            {Boolean, Tinyint, Smallint, Integer, Bigint, Real, Decimal, Varchar, Char},
	Decimal:           {Boolean, Tinyint, Smallint, Integer, Bigint, Real, Double, Decimal, Varchar, Char},
	Varchar:           {Boolean, Tinyint, Smallint, Integer, Bigint, Real, Double, Decimal, Varchar, Char, Varbinary, Date, Time, TimeTZ, Timestamp, TimestampTZ, IPAddress, IPPrefix, UUID},
	Char:              {Boolean, Tinyint, Smallint, Integer, Bigint, Real, Double, Decimal, Varchar, Char, Varbinary, Date, Time, TimeTZ, Timestamp, TimestampTZ},
	Varbinary:         {IPAddress, UUID, HyperLogLog, TDigest, SetDigest, QDigest},
	Date:              {Timestamp, TimestampTZ, Varchar, Char},
	Time:              {Time, TimeTZ, Timestamp, TimestampTZ, Varchar, Char},
	TimeTZ:            {Time, TimeTZ, Timestamp, TimestampTZ, Varchar, Char},
	Timestamp:         {Date, Time, TimeTZ, Timestamp, TimestampTZ, Varchar, Char},
	TimestampTZ:       {Date, Time, TimeTZ, Timestamp, TimestampTZ, Varchar, Char},
	IntervalDaySecond: {Varchar},
	IntervalYearMonth: {Varchar},
	IPAddress:         {Varchar, Varbinary, IPPrefix},
	IPPrefix:          {Varchar, IPAddress},
	UUID:              {Varchar, Varbinary},
	HyperLogLog:       {Varbinary},
	TDigest:           {Varbinary},
	SetDigest:         {Varbinary, HyperLogLog},
	QDigest:           {Varbinary},
}

// jsonable tells whether CAST(x AS json) is defined.
func jsonable(t *Type) bool {
	switch t.Kind {
	case Unknown, Boolean, Tinyint, Smallint, Integer, Bigint, Real, Double, Decimal, Varchar, Char, JSON, Date, Timestamp:
		return true
	case Array:
		return jsonable(t.Elem)
	case Map:
		switch t.Key.Kind {
		case Unknown, Boolean, Tinyint, Smallint, Integer, Bigint, Real, Double, Decimal, Varchar:
			return jsonable(t.Elem)
		}
		return false
	case Row:
		for _, f := range t.Fields {
			if !jsonable(f.Type) {
				return false
			}
		}
		return true
	}
	return false
}

// fromJSON tells whether CAST(json AS to) is defined.
func fromJSON(to *Type) bool {
	switch to.Kind {
	case Boolean, Tinyint, Smallint, Integer, Bigint, Real, Double, Decimal, Varchar, JSON:
		return true
	case Array:
		return fromJSON(to.Elem)
	case Map:
		switch to.Key.Kind {
		case Boolean, Tinyint, Smallint, Integer, Bigint, Real, Double, Decimal, Varchar:
			return fromJSON(to.Elem)
		}
		return false
	case Row:
		for _, f := range to.Fields {
			if !fromJSON(f.Type) {
				return false
			}
		}
		return true
	}
	return false
}
