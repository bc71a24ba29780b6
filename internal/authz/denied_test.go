package authz

import "testing"

// TestParseDenied holds the forms of messages that AWS documents and that
// published records show.
func TestParseDenied(t *testing.T) {
	const user = "arn:aws:iam::111122223333:user/bob"
	for _, c := range []struct {
		message string
		want    Denial
		ok      bool
	}{
		{"User: " + user + " is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/r",
			Denial{Principal: user, Action: "sts:AssumeRole", Resource: "arn:aws:iam::111122223333:role/r"}, true},
		{"User: " + user + " is not authorized to perform: organizations:LeaveOrganization on resource: * because no identity-based policy allows the organizations:LeaveOrganization action",
			Denial{Principal: user, Action: "organizations:LeaveOrganization", Resource: "*", PolicyType: "identity-based policy"}, true},
		{`User: ` + user + ` is not authorized to perform: s3:getobject on resource: "arn:aws:s3:::b/k" with an explicit deny in a resource-based policy`,
			Denial{Principal: user, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", PolicyType: "resource-based policy", Explicit: true}, true},
		{"User: " + user + " is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/* with an explicit deny in a service control policy: arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-xyz",
			Denial{Principal: user, Action: "ec2:RunInstances", Resource: "arn:aws:ec2:eu-west-1:111122223333:instance/*", PolicyType: "service control policy", Explicit: true, PolicyARN: "arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-xyz"}, true},
		{"You are not authorized to perform this operation. User: " + user + " is not authorized to perform: ec2:GetPasswordData on resource: arn:aws:ec2:eu-west-1:111122223333:instance/i-1 because no permissions boundary allows the ec2:GetPasswordData action. Encoded authorization failure message: abc",
			Denial{Principal: user, Action: "ec2:GetPasswordData", Resource: "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", PolicyType: "permissions boundary"}, true},
		{"User: " + user + " is not authorized to perform: cloudwatch:DescribeAlarms because no session policy allows the cloudwatch:DescribeAlarms action",
			Denial{Principal: user, Action: "cloudwatch:DescribeAlarms", PolicyType: "session policy"}, true},
		{"User: " + user + " is not authorized to perform: lambda:ListFunctions on resource: * because no VPC endpoint policy allows the lambda:ListFunctions action",
			Denial{Principal: user, Action: "lambda:ListFunctions", Resource: "*", PolicyType: "vpc endpoint policy"}, true},
		// In small letters the first would be longer than the message.
		{"User: \xff\xffȺȺȺ is not authorized to perform: s3:GetObject on resource: * BECAUSE of arn:aws:iam::111122223333:policy/p",
			Denial{Principal: "\xff\xffȺȺȺ", Action: "s3:GetObject", Resource: "*", PolicyARN: "arn:aws:iam::111122223333:policy/p"}, true},
		{"User: \xff\xff\xff\xff is not authorized to perform: s3:GetObject because ",
			Denial{Principal: "\xff\xff\xff\xff", Action: "s3:GetObject"}, true},
		{"You are not authorized to perform this operation. Encoded authorization failure message: 2DqzzPimrMt7", Denial{}, false},
		{"Access Denied", Denial{}, false}, {"", Denial{}, false},
		{"not authorized to perform", Denial{}, false},
	} {
		got, ok := ParseDenied(c.message)
		if ok != c.ok || got != c.want {
			t.Errorf("%s\n got %+v %v\nwant %+v", c.message, got, ok, c.want)
		}
	}
}

func FuzzParseDenied(f *testing.F) {
	f.Add("User: arn:aws:iam::1:user/b is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action")
	f.Add("is not authorized to perform: ")
	f.Fuzz(func(t *testing.T, message string) {
		if d, ok := ParseDenied(message); ok && (d.Action == "" || d.Principal == "") {
			t.Errorf("%q: %+v", message, d)
		}
	})
}

// TestClassify holds one code of each kind and the rules' order.
func TestClassify(t *testing.T) {
	for _, c := range []struct {
		code, message string
		want          Outcome
	}{
		{"", "", Authorized}, {"AccessDenied", "", Denied}, {"AccessDeniedException", "", Denied}, {"Client.UnauthorizedOperation", "", Denied},
		{"KMS.SomeAccessDeniedException", "", Denied}, {"VpceAccessDenied", "", Denied},
		{"Client.DryRunOperation", "", Authorized}, {"NoSuchBucketPolicy", "", Authorized}, {"BucketNotEmpty", "", Authorized},
		{"Client.InvalidInstanceID.NotFound", "", Authorized}, {"ResourceNotFoundException", "", Authorized}, {"EntityAlreadyExistsException", "", Authorized},
		{"ThrottlingException", "", NoEvidence}, {"Client.RequestLimitExceeded", "", NoEvidence}, {"Client.VcpuLimitExceeded", "", NoEvidence}, {"ValidationException", "", NoEvidence},
		{"ExpiredToken", "", NoEvidence}, {"SignatureDoesNotMatch", "", NoEvidence}, {"Server.InternalError", "", NoEvidence},
		{"Server.InsufficientInstanceCapacity", "", Authorized}, {"accessdenied", "", Denied},
		{"SomethingNew", "", UnknownError},
		{"SomethingNew", "User: u is not authorized to perform: s3:GetObject on resource: *", Denied},
	} {
		if got := Classify("s3.amazonaws.com", c.code, c.message); got != c.want {
			t.Errorf("%s: %v, want %v", c.code, got, c.want)
		}
	}
}

// TestClassifyByService holds that a code can mean one thing in most services and
// another in some.
func TestClassifyByService(t *testing.T) {
	for _, c := range []struct {
		source, code string
		want         Outcome
	}{
		{"kms.amazonaws.com", "LimitExceededException", Authorized}, {"iam.amazonaws.com", "LimitExceededException", Authorized},
		{"kinesis.amazonaws.com", "LimitExceededException", NoEvidence}, {"apigateway.amazonaws.com", "limitexceededexception", NoEvidence},
		{"bedrock.amazonaws.com", "ServiceQuotaExceededException", NoEvidence}, {"batch.amazonaws.com", "ServiceQuotaExceededException", Authorized},
		{"license-manager.amazonaws.com", "RateLimitExceededException", NoEvidence}, {"ec2.amazonaws.com", "Client.VpcLimitExceeded", Authorized},
		{"kinesis.amazonaws.com", "AccessDeniedException", Denied}, {"", "LimitExceededException", Authorized},
	} {
		if got := Classify(c.source, c.code, ""); got != c.want {
			t.Errorf("%s of %s: %v, want %v", c.code, c.source, got, c.want)
		}
	}
}

// TestAgrees holds what agrees with a denial, and what does not.
func TestAgrees(t *testing.T) {
	c := call("s3:GetObject", `{"bucketName":"b","key":"k"}`)
	for _, d := range []struct {
		action, resource string
		want             bool
	}{
		{"s3:GetObject", "arn:aws:s3:::b/k", true}, {"S3:getobject", "arn:aws:s3:::b/k", true}, {"s3:GetObject", "", true},
		{"s3:GetObject", "arn:aws:s3:::b/*", true}, {"s3:GetObject", "arn:aws:s3:::b/other", false}, {"s3:PutObject", "arn:aws:s3:::b/k", false},
	} {
		if got := Agrees(c, Denial{Action: d.action, Resource: d.resource}); got != d.want {
			t.Errorf("%s on %q: %v, want %v", d.action, d.resource, got, d.want)
		}
	}
}
