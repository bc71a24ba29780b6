package cloudtrail

// RecordField is a member of a record's top level.
type RecordField struct {
	// Name is spelled as in the records.
	Name string
	// JSON is the kind of its value in current records; old ones hold text or
	// null in its place.
	JSON Kind
	// Since is the eventVersion that brought it.
	Since string
}

// RecordFields are the members that records have. Source: CloudTrail user
// guide, "CloudTrail record contents" (eventVersion 1.11), for all rows.
var RecordFields = []RecordField{
	{"eventVersion", String, "1.0"},
	{"userIdentity", Object, "1.0"},
	{"eventTime", String, "1.0"},
	{"eventSource", String, "1.0"},
	{"eventName", String, "1.0"},
	{"awsRegion", String, "1.0"},
	{"sourceIPAddress", String, "1.0"},
	{"userAgent", String, "1.0"},
	{"errorCode", String, "1.0"},
	{"errorMessage", String, "1.0"},
	{"requestParameters", Object, "1.0"},
	{"responseElements", Object, "1.0"},
	{"additionalEventData", Object, "1.0"},
	{"requestID", String, "1.01"},
	{"eventID", String, "1.01"},
	{"readOnly", Bool, "1.01"},
	{"resources", Array, "1.01"},
	{"apiVersion", String, "1.01"},
	{"eventType", String, "1.02"},
	{"recipientAccountId", String, "1.02"},
	{"sharedEventID", String, "1.03"},
	{"vpcEndpointId", String, "1.04"},
	{"serviceEventDetails", Object, "1.05"},
	{"managementEvent", Bool, "1.06"},
	{"eventCategory", String, "1.07"},
	{"insightDetails", Object, "1.07"},
	{"addendum", Object, "1.08"},
	{"sessionCredentialFromConsole", String, "1.08"},
	{"edgeDeviceDetails", Object, "1.08"},
	{"tlsDetails", Object, "1.08"},
	{"vpcEndpointAccountId", String, "1.09"},
	{"eventContext", Object, "1.11"},
}
