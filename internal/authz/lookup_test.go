package authz

import (
	"slices"
	"strings"
	"testing"
)

// always gives the actions of an answer that carry no condition.
func always(a Answer) []string {
	var names []string
	for _, n := range a.Actions {
		if n.When == "" {
			names = append(names, n.Action)
		}
	}
	slices.Sort(names)
	return names
}

// TestLookup holds hard cases: what an event always needs, by its name alone.
// Each row: source label, event, event type, status, actions, where the right
// answer is written.
func TestLookup(t *testing.T) {
	for _, c := range []struct{ source, event, eventType, status, want, from string }{
		{"s3", "ListBuckets", "", "mapped", "s3:ListAllMyBuckets", "S3 required permissions"},
		{"s3", "HeadBucket", "", "mapped", "s3:ListBucket", "S3 required permissions"},
		{"s3", "HeadObject", "", "mapped", "s3:GetObject", "S3 required permissions"},
		{"s3", "CopyObject", "", "mapped", "s3:GetObject s3:PutObject", "S3 CopyObject permissions"},
		{"s3", "CreateMultipartUpload", "", "mapped", "s3:PutObject", "S3 required permissions"},
		{"s3", "UploadPartCopy", "", "mapped", "s3:GetObject s3:PutObject", "S3 required permissions"},
		{"s3", "DeleteObjects", "", "mapped", "s3:DeleteObject", "S3 required permissions"},
		{"s3", "DeleteBucketCors", "", "mapped", "s3:PutBucketCORS", "S3 required permissions"},
		{"s3", "GetBucketCors", "", "mapped", "s3:GetBucketCORS", "case of the reference"},
		{"s3", "DeleteBucketEncryption", "", "mapped", "s3:PutEncryptionConfiguration", "S3 required permissions"},
		{"s3", "PutBucketLifecycle", "", "mapped", "s3:PutLifecycleConfiguration", "S3 CloudTrail events"},
		{"s3", "DeleteBucketLifecycle", "", "mapped", "s3:PutLifecycleConfiguration", "S3 CloudTrail events"},
		{"s3", "DeleteBucketPublicAccessBlock", "", "mapped", "s3:PutBucketPublicAccessBlock", "S3 CloudTrail events"},
		{"s3", "DeleteBucketWebsite", "", "mapped", "s3:DeleteBucketWebsite", "has its own action"},
		{"s3", "DeleteBucketPolicy", "", "mapped", "s3:DeleteBucketPolicy", "has its own action"},
		{"s3", "DeleteBucketReplication", "", "mapped", "s3:PutReplicationConfiguration", "trailscraper is wrong"},
		{"s3", "DeleteBucketOwnershipControls", "", "mapped", "s3:PutBucketOwnershipControls", "iamlive#89"},
		{"s3", "GetBucketObjectLockConfiguration", "", "mapped", "s3:GetBucketObjectLockConfiguration", "S3 CloudTrail events"},
		{"s3", "GetAccelerateConfiguration", "", "mapped", "s3:GetAccelerateConfiguration", "S3 CloudTrail events"},
		{"s3", "GetBucketReplication", "", "mapped", "s3:GetReplicationConfiguration", "S3 required permissions"},
		{"s3", "ListObjects", "", "mapped", "s3:ListBucket", "S3 required permissions"},
		{"s3", "ListMultipartUploads", "", "mapped", "s3:ListBucketMultipartUploads", "S3 required permissions"},
		{"s3", "ListParts", "", "mapped", "s3:ListMultipartUploadParts", "S3 required permissions"},
		{"s3express", "GetObject", "", "mapped", "s3express:CreateSession", "S3 Express zonal operations"},
		{"s3", "GetStorageLensDashboardDataInternal", "", "unmapped", "", "console-internal"},
		{"apigateway", "GetRestApis", "", "mapped", "apigateway:GET", "HTTP method"},
		{"apigateway", "CreateStage", "", "mapped", "apigateway:POST", "HTTP method"},
		{"apigateway", "UpdateRestApi", "", "mapped", "apigateway:PATCH", "HTTP method"},
		{"apigateway", "CreateVpcLink", "", "mapped", "apigateway:POST", "HTTP method"},
		{"apigateway", "GetApis", "", "mapped", "apigateway:GET", "HTTP method, v2 only"},
		{"bedrock", "ConverseStream", "", "mapped", "bedrock:InvokeModelWithResponseStream", "Bedrock inference prerequisites"},
		{"bedrock", "Converse", "", "mapped", "bedrock:InvokeModel", "Bedrock inference prerequisites"},
		{"cloudcontrolapi", "CreateResource", "", "mapped", "cloudformation:CreateResource", "iam-dataset"},
		{"cloudfront", "UpdateDistribution2014_01_31", "", "mapped", "cloudfront:UpdateDistribution", "CloudFront CloudTrail sample"},
		{"cloudfront", "CreateDistributionWithTags2020_05_31", "", "mapped", "cloudfront:CreateDistribution cloudfront:TagResource", "CloudFront permissions"},
		{"lambda", "AddPermission20150331v2", "", "mapped", "lambda:AddPermission", "observed"},
		{"lambda", "CreateFunction20150331", "", "mapped", "iam:PassRole lambda:CreateFunction", "role is required"},
		{"lambda", "Invoke", "", "mapped", "lambda:InvokeFunction", "Lambda API reference"},
		{"lambda", "GetFunctionCodeSigningConfig", "", "mapped", "lambda:GetFunctionCodeSigningConfig", "no suffix"},
		{"datasync", "DescribeLocationS3", "", "mapped", "datasync:DescribeLocationS3", "digits that stay"},
		{"kafka", "CreateClusterV2", "", "mapped", "kafka:CreateClusterV2", "digits that stay"},
		{"cloud9", "CreateEnvironmentEC2", "", "mapped", "cloud9:CreateEnvironmentEC2", "digits that stay"},
		{"discovery-marketplace", "SearchListings", "", "mapped", "aws-marketplace:SearchListings", "iam-dataset"},
		{"marketplacecatalog", "ListEntities", "", "mapped", "aws-marketplace:ListEntities", "iam-dataset"},
		{"monitoring", "DescribeAlarms", "", "mapped", "cloudwatch:DescribeAlarms", "CloudTrail guide"},
		{"tagging", "GetResources", "", "mapped", "tag:GetResources", "observed"},
		{"amazonmq", "ListBrokers", "", "mapped", "mq:ListBrokers", "observed"},
		{"email", "SendEmail", "", "mapped", "ses:SendEmail", "cloudtracker"},
		{"pinpoint", "CreateApp", "", "mapped", "mobiletargeting:CreateApp", "iam-dataset"},
		{"rdsdata", "ExecuteStatement", "", "mapped", "rds-data:ExecuteStatement", "signing name"},
		{"autoscaling", "RegisterScalableTarget", "", "mapped", "application-autoscaling:RegisterScalableTarget", "Application Auto Scaling sample"},
		{"autoscaling", "CreateAutoScalingGroup", "", "mapped", "autoscaling:CreateAutoScalingGroup", "name"},
		{"autoscaling", "PutScalingPolicy", "", "mapped", "autoscaling:PutScalingPolicy", "default of two"},
		{"iam", "AddRoleToInstanceProfile", "", "mapped", "iam:AddRoleToInstanceProfile iam:PassRole", "iam-dataset"},
		{"kms", "ReEncrypt", "", "mapped", "kms:ReEncryptFrom kms:ReEncryptTo", "trailscraper#27"},
		{"sns", "PublishBatch", "", "mapped", "sns:Publish", "SNS API reference"},
		{"sqs", "DeleteMessageBatch", "", "mapped", "sqs:DeleteMessage", "SQS guide"},
		{"sqs", "ChangeMessageVisibilityBatch", "", "mapped", "sqs:ChangeMessageVisibility", "SQS guide"},
		{"dynamodb", "TransactGetItems", "", "mapped", "dynamodb:GetItem", "DynamoDB transactions"},
		{"dynamodb", "BatchGetItem", "", "mapped", "dynamodb:BatchGetItem", "has its own action"},
		{"dynamodb", "DescribeEndpoints", "", "none", "", "sdk_permissionless_actions"},
		{"verifiedpermissions", "BatchIsAuthorized", "", "mapped", "verifiedpermissions:IsAuthorized", "aws.iam#iamAction"},
		{"budgets", "CreateBudget", "", "mapped", "budgets:ModifyBudget", "Budgets reference"},
		{"budgets", "DescribeBudgets", "", "mapped", "budgets:ViewBudget", "Budgets reference"},
		{"cassandra", "CreateTable", "", "mapped", "cassandra:Create", "Keyspaces guide"},
		{"cassandra", "DeleteKeyspace", "", "mapped", "cassandra:Drop", "Keyspaces guide"},
		{"execute-api", "PostToConnection", "", "mapped", "execute-api:ManageConnections", "API Gateway guide"},
		{"neptune-db", "ExecuteFastReset", "", "mapped", "neptune-db:ResetDatabase", "Neptune guide"},
		{"timestream", "Query", "", "mapped", "timestream:Select", "Timestream guide"},
		{"rds", "AddRoleToDBInstance", "", "mapped", "iam:PassRole rds:AddRoleToDBInstance", "role is required"},
		{"rds", "RemoveRoleFromDBInstance", "", "mapped", "rds:RemoveRoleFromDBInstance", "a removal passes no role"},
		{"sts", "AssumeRole", "", "mapped", "sts:AssumeRole", "name"},
		{"sts", "GetCallerIdentity", "", "none", "", "STS API reference"},
		{"sts", "GetSessionToken", "", "none", "", "STS API reference"},
		{"sts", "AssumeRoleWithSAML", "", "none", "", "trust policy"},
		{"sts", "AssumeRoleWithWebIdentity", "", "none", "", "trust policy"},
		{"cognito-idp", "InitiateAuth", "", "none", "", "unsigned"},
		{"cognito-idp", "AdminInitiateAuth", "", "mapped", "cognito-idp:AdminInitiateAuth", "signed"},
		{"cognito-identity", "GetId", "", "none", "", "unsigned"},
		{"sso", "GetRoleCredentials", "", "none", "", "unsigned"},
		{"sso", "CreatePermissionSet", "", "mapped", "sso:CreatePermissionSet", "name"},
		{"signin", "ConsoleLogin", "", "none", "", "sign-in"},
		{"signin", "ConsoleLogin", "AwsConsoleSignIn", "none", "", "event type"},
		{"ec2", "SharedSnapshotVolumeCreated", "AwsServiceEvent", "none", "", "event type"},
		{"kms", "RotateKey", "AwsServiceEvent", "none", "", "event type"},
		{"kms", "Decrypt", "AwsVpceEvents", "none", "", "event type"},
		{"iot1click", "ListDevices", "", "unmapped", "", "the service has ended"},
		{"kms", "RotateKey", "", "none", "", "known by name"},
		{"ec2", "SharedSnapshotVolumeCreated", "", "none", "", "known by name"},
		{"costexplorer", "GetCostAndUsage", "", "mapped", "ce:GetCostAndUsage", "service id of the model"},
		{"applicationinsights", "ListApplications", "", "mapped", "applicationinsights:ListApplications", "identity"},
		{"nosuchservice", "DoIt", "", "unmapped", "", "unknown"},
		{"ec2", "NoSuchOperation", "", "unmapped", "", "unknown"},
	} {
		got := Lookup(c.source+".amazonaws.com", c.event, c.eventType)
		if got.Status.String() != c.status || strings.Join(always(got), " ") != c.want {
			t.Errorf("%s %s %s: %s %v, want %s %s (%s)", c.source, c.event, c.eventType, got.Status, got.Actions, c.status, c.want, c.from)
		}
		if got.Status != Unmapped && got.Source == "" || got.Reason == "" {
			t.Errorf("%s %s: reason %q, source %q", c.source, c.event, got.Reason, got.Source)
		}
		for _, n := range got.Actions {
			if !inAWSSpelling(n.Action) || n.Source == "" || n.Confidence == "" {
				t.Errorf("%s %s: incomplete %+v", c.source, c.event, n)
			}
		}
	}
}

// TestLookupWhen: actions that depend on parameters say so in words.
func TestLookupWhen(t *testing.T) {
	for _, c := range []struct{ source, event, action, when string }{
		{"s3", "HeadObject", "s3:GetObjectVersion", "versionId"},
		{"s3", "PutObject", "s3:PutObjectAcl", "ACL"},
		{"ec2", "RunInstances", "iam:PassRole", "instance profile"},
		{"ec2", "RunInstances", "ec2:CreateTags", "tags"},
		{"ecs", "RunTask", "iam:PassRole", "role"},
		{"sts", "AssumeRole", "sts:TagSession", "tags"},
		{"sts", "AssumeRole", "sts:SetSourceIdentity", "source identity"},
		{"dynamodb", "TransactWriteItems", "dynamodb:PutItem", "Put"},
		{"dynamodb", "ExecuteStatement", "dynamodb:PartiQLSelect", "SELECT"},
		{"autoscaling", "PutScalingPolicy", "application-autoscaling:PutScalingPolicy", "serviceNamespace"},
	} {
		answer := Lookup(c.source+".amazonaws.com", c.event, "AwsApiCall")
		i := slices.IndexFunc(answer.Actions, func(n ActionWhen) bool { return n.Action == c.action })
		if i < 0 || !strings.Contains(answer.Actions[i].When, c.when) {
			t.Errorf("%s %s: want %s when …%s…, got %v", c.source, c.event, c.action, c.when, answer.Actions)
		}
	}
}
