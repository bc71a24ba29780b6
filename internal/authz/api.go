package authz

// Lookup says which actions an event needs, by its name alone.
func Lookup(eventSource, eventName, eventType string) Answer { return Answer{} }

// Resolve says which actions on which resources one call needed.
func Resolve(c *Call) Resolution { return Resolution{} }

// Classify says what an error tells about authorization.
func Classify(errorCode, errorMessage string) Outcome { return UnknownError }

// ParseDenied reads an access-denied message.
func ParseDenied(message string) (Denial, bool) { return Denial{}, false }

// ActionExists reports whether IAM knows the action.
func ActionExists(action string) bool { return false }

// ResourceTypes lists the resource types of an action.
func ResourceTypes(action string) []ResourceType { return nil }

// Fits reports whether the ARN is of a type the action can be limited to.
func Fits(action, arn string) bool { return false }
