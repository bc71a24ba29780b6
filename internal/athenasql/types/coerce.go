package types

// CanCoerce tells whether a value of type from may stand, unasked, where type
// to is wanted (Trino's TypeCoercion.canCoerce).
func CanCoerce(from, to *Type) bool {
	_, ok := compatible(from, to)
	return ok == coercible
}

// CommonSuperType is the type that both types coerce to, or nil
// (Trino's TypeCoercion.getCommonSuperType).
func CommonSuperType(a, b *Type) *Type {
	t, ok := compatible(a, b)
	if ok == incompatible {
		return nil
	}
	return t
}

type compatibility uint8

const (
	incompatible compatibility = iota
	haveCommon                 // there is a common type, but from does not coerce to to
	coercible
)

func when(ok bool) compatibility {
	if ok {
		return coercible
	}
	return haveCommon
}

// compatible finds the common super type of two types and whether from
// coerces to to.
func compatible(from, to *Type) (*Type, compatibility) {
	switch {
	case from.Equal(to):
		return to, coercible
	case from.Kind == Unknown:
		return to, coercible
	case to.Kind == Unknown:
		return from, haveCommon
	case from.Kind == to.Kind:
		return sameKind(from, to)
	}
	if t := CoerceBase(from, to.Kind); t != nil {
		return compatible(t, to)
	}
	if t := CoerceBase(to, from.Kind); t != nil {
		common, ok := compatible(from, t)
		if ok != incompatible {
			ok = haveCommon
		}
		return common, ok
	}
	return nil, incompatible
}

func sameKind(from, to *Type) (*Type, compatibility) {
	switch from.Kind {
	case Decimal:
		scale := max(from.Scale, to.Scale)
		whole := max(from.Precision-from.Scale, to.Precision-to.Scale)
		t := DecimalOf(min(MaxDecimalPrecision, whole+scale), scale)
		return t, when(t.Equal(to))
	case Varchar:
		t := VarcharOf(max(from.Length, to.Length))
		return t, when(t.Equal(to))
	case Char:
		t := CharOf(max(from.Length, to.Length))
		return t, when(t.Equal(to))
	case Time, TimeTZ, Timestamp, TimestampTZ:
		t := &Type{Kind: from.Kind, Precision: max(from.Precision, to.Precision)}
		return t, when(t.Equal(to))
	case Row:
		return rows(from, to)
	case Array:
		elem, ok := compatible(from.Elem, to.Elem)
		if ok == incompatible {
			return nil, incompatible
		}
		return ArrayOf(elem), ok
	case Map:
		key, okKey := compatible(from.Key, to.Key)
		elem, okElem := compatible(from.Elem, to.Elem)
		if okKey == incompatible || okElem == incompatible {
			return nil, incompatible
		}
		return MapOf(key, elem), min(okKey, okElem)
	}
	return nil, incompatible
}

// rows compares field by field, by position; a name stays only where both
// rows have it.
func rows(from, to *Type) (*Type, compatibility) {
	if len(from.Fields) != len(to.Fields) {
		return nil, incompatible
	}
	fields, all := make([]Field, len(from.Fields)), coercible
	for i, f := range from.Fields {
		t, ok := compatible(f.Type, to.Fields[i].Type)
		if ok == incompatible {
			return nil, incompatible
		}
		all = min(all, ok)
		fields[i].Type = t
		if f.Name == to.Fields[i].Name {
			fields[i].Name = f.Name
		}
	}
	return RowOf(fields...), all
}

// integerDigits are the digits that an integer type may need.
var integerDigits = map[Kind]int{Tinyint: 3, Smallint: 5, Integer: 10, Bigint: 19}

// CoerceBase is t as a type of another kind, if Trino coerces the one kind to
// the other, or nil. It holds every rule between kinds. Varchar goes to char
// as in the Trino versions that Athena's engine v3 comes from (since 2026 Trino
// has it the other way round).
func CoerceBase(t *Type, kind Kind) *Type {
	if t.Kind == kind {
		return t
	}
	switch t.Kind {
	case Unknown:
		return unknownAs(kind)
	case Tinyint, Smallint, Integer, Bigint:
		return integerAs(t, kind)
	case Decimal:
		return only(kind, Real, Double)
	case Real:
		return only(kind, Double)
	case Date:
		if kind == Timestamp || kind == TimestampTZ {
			return &Type{Kind: kind}
		}
	case Time:
		if kind == TimeTZ {
			return TimeTZOf(t.Precision)
		}
	case Timestamp:
		if kind == TimestampTZ {
			return TimestampTZOf(t.Precision)
		}
	case Varchar:
		if kind == Char {
			return CharOf(min(t.Length, MaxCharLength))
		}
		return only(kind, JoniRegexp, JSONPath, CodePoints)
	case Char:
		return only(kind, JoniRegexp, JSONPath, CodePoints)
	}
	return nil
}

func integerAs(t *Type, kind Kind) *Type {
	switch {
	case kind > t.Kind && kind <= Double:
		return &Type{Kind: kind}
	case kind == Decimal:
		return DecimalOf(integerDigits[t.Kind], 0)
	}
	return nil
}

func unknownAs(kind Kind) *Type {
	switch kind {
	case Varchar, Char:
		return &Type{Kind: kind}
	case Decimal:
		return DecimalOf(1, 0)
	case Array, Map, Row, Function, QDigest, Tinyint, Smallint:
		return nil
	case Time, TimeTZ, Timestamp, TimestampTZ:
		return &Type{Kind: kind, Precision: DefaultPrecision}
	}
	return &Type{Kind: kind}
}

func only(kind Kind, kinds ...Kind) *Type {
	for _, k := range kinds {
		if k == kind {
			return &Type{Kind: kind}
		}
	}
	return nil
}
