package authz

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// needsText writes needs as "action resource" lines, with ~ before the implied.
func needsText(needs []Need) []string {
	var lines []string
	for _, n := range needs {
		line := n.Action + " " + n.Resource
		if n.Implied {
			line = "~" + line
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// call builds a call in account 111122223333, region eu-west-1.
func call(event, request string) *Call {
	source, name, _ := strings.Cut(event, ":")
	return &Call{EventSource: source + ".amazonaws.com", EventName: name, EventType: "AwsApiCall",
		Region: "eu-west-1", Account: "111122223333", Request: []byte(request)}
}

// TestResolve holds hand-checked calls: the request as the service logs it, and
// every action and resource it was authorized on. Shapes of the requests: the
// services' CloudTrail documentation and published records.
func TestResolve(t *testing.T) {
	const a = ":eu-west-1:111122223333:"
	for _, c := range []struct {
		event, request string
		want           []string
	}{
		{"s3:GetObject", `{"bucketName":"b","key":"a/k.txt","Host":"b.s3.amazonaws.com"}`, []string{"s3:GetObject arn:aws:s3:::b/a/k.txt"}},
		{"s3:GetObject", `{"bucketName":"b","key":"k","versionId":"v1"}`, []string{"s3:GetObjectVersion arn:aws:s3:::b/k"}},
		{"s3:GetObject", `{"bucketName":"b","key":"odd*name?"}`, []string{"s3:GetObject arn:aws:s3:::b/odd${*}name${?}"}},
		{"s3:HeadObject", `{"bucketName":"b","key":"k"}`, []string{"s3:GetObject arn:aws:s3:::b/k"}},
		{"s3:ListObjects", `{"list-type":"2","bucketName":"b","prefix":"x/"}`, []string{"s3:ListBucket arn:aws:s3:::b"}},
		{"s3:ListBuckets", `{"Host":"s3.amazonaws.com"}`, []string{"s3:ListAllMyBuckets *"}},
		{"s3:CopyObject", `{"bucketName":"to","key":"k","x-amz-copy-source":"/from/a%20b?versionId=v"}`, []string{"s3:GetObjectVersion arn:aws:s3:::from/a b", "s3:PutObject arn:aws:s3:::to/k"}},
		{"s3:CopyObject", `{"bucketName":"to","key":"k","x-amz-copy-source":"from/x/y","x-amz-acl":"private"}`, []string{"s3:GetObject arn:aws:s3:::from/x/y", "s3:PutObject arn:aws:s3:::to/k", "s3:PutObjectAcl arn:aws:s3:::to/k"}},
		{"s3:PutObject", `{"bucketName":"b","key":"k","x-amz-tagging":"a=b","x-amz-object-lock-mode":"GOVERNANCE"}`, []string{"s3:PutObject arn:aws:s3:::b/k", "s3:PutObjectRetention arn:aws:s3:::b/k", "s3:PutObjectTagging arn:aws:s3:::b/k"}},
		{"s3:DeleteObjects", `{"bucketName":"b","delete":""}`, []string{"s3:DeleteObject arn:aws:s3:::b/*"}},
		{"s3:PutBucketReplication", `{"bucketName":"b","ReplicationConfiguration":{"Role":"arn:aws:iam::111122223333:role/repl","Rule":{}}}`, []string{"s3:PutReplicationConfiguration arn:aws:s3:::b", "~iam:PassRole arn:aws:iam::111122223333:role/repl"}},
		{"s3:DeleteBucketReplication", `{"bucketName":"b"}`, []string{"s3:PutReplicationConfiguration arn:aws:s3:::b"}},
		{"s3:CreateBucket", `{"bucketName":"b","x-amz-object-ownership":"BucketOwnerPreferred"}`, []string{"s3:CreateBucket arn:aws:s3:::b", "s3:PutBucketOwnershipControls arn:aws:s3:::b"}},
		{"iam:CreateRole", `{"roleName":"r","path":"/app/","assumeRolePolicyDocument":"{}"}`, []string{"iam:CreateRole arn:aws:iam::111122223333:role/app/r"}},
		{"iam:AttachRolePolicy", `{"roleName":"r","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`, []string{"iam:AttachRolePolicy arn:aws:iam::111122223333:role/r"}},
		{"iam:GetPolicy", `{"policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`, []string{"iam:GetPolicy arn:aws:iam::aws:policy/ReadOnlyAccess"}},
		{"iam:CreatePolicy", `{"policyName":"p","policyDocument":"{\"Statement\":[{\"Resource\":\"arn:aws:iam::111122223333:policy/other\"}]}"}`, []string{"iam:CreatePolicy arn:aws:iam::111122223333:policy/p"}},
		{"iam:AddRoleToInstanceProfile", `{"roleName":"r","instanceProfileName":"p"}`, []string{"iam:AddRoleToInstanceProfile arn:aws:iam::111122223333:instance-profile/p", "~iam:PassRole arn:aws:iam::111122223333:role/r"}},
		{"sts:AssumeRole", `{"roleArn":"arn:aws:iam::444455556666:role/x/r","roleSessionName":"s","tags":[{"key":"k","value":"v"}],"sourceIdentity":"me"}`, []string{"sts:AssumeRole arn:aws:iam::444455556666:role/x/r", "sts:SetSourceIdentity arn:aws:iam::444455556666:role/x/r", "sts:TagSession arn:aws:iam::444455556666:role/x/r"}},
		{"sts:GetFederationToken", `{"name":"fed"}`, []string{"sts:GetFederationToken arn:aws:sts::111122223333:federated-user/fed"}},
		{"ec2:TerminateInstances", `{"instancesSet":{"items":[{"instanceId":"i-0123456789abcdef0"},{"instanceId":"i-0123456789abcdef1"}]}}`, []string{"ec2:TerminateInstances arn:aws:ec2" + a + "instance/i-0123456789abcdef0", "ec2:TerminateInstances arn:aws:ec2" + a + "instance/i-0123456789abcdef1"}},
		{"ec2:DeleteNatGateway", `{"DeleteNatGatewayRequest":{"NatGatewayId":"nat-0123456789abcdef0"}}`, []string{"ec2:DeleteNatGateway arn:aws:ec2" + a + "natgateway/nat-0123456789abcdef0"}},
		{"ec2:DeleteFlowLogs", `{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-0123456789abcdef0"}}}`, []string{"ec2:DeleteFlowLogs arn:aws:ec2" + a + "vpc-flow-log/fl-0123456789abcdef0"}},
		{"ec2:DescribeInstances", `{"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"vpc-0123456789abcdef0"}]}}]}}`, []string{"ec2:DescribeInstances *"}},
		{"ec2:CreateTags", `{"resourcesSet":{"items":[{"resourceId":"i-0123456789abcdef0"}]},"tagSet":{"items":[{"key":"of","value":"vol-0123456789abcdef0"}]}}`, []string{"ec2:CreateTags arn:aws:ec2" + a + "instance/i-0123456789abcdef0"}},
		{"ec2:AttachVolume", `{"volumeId":"vol-0123456789abcdef0","instanceId":"i-0123456789abcdef0","device":"/dev/sdf"}`, []string{"ec2:AttachVolume arn:aws:ec2" + a + "instance/i-0123456789abcdef0", "ec2:AttachVolume arn:aws:ec2" + a + "volume/vol-0123456789abcdef0"}},
		{"ec2:CreateSnapshot", `{"volumeId":"vol-0123456789abcdef0","tagSpecificationSet":{"items":[{"resourceType":"snapshot","tags":[{"key":"a","value":"b"}]}]}}`, []string{"ec2:CreateSnapshot arn:aws:ec2" + a + "volume/vol-0123456789abcdef0", "ec2:CreateSnapshot arn:aws:ec2:eu-west-1::snapshot/*", "~ec2:CreateTags arn:aws:ec2:eu-west-1::snapshot/*"}},
		{"lambda:GetFunction20150331v2", `{"functionName":"arn:aws:lambda:eu-west-1:111122223333:function:f"}`, []string{"lambda:GetFunction arn:aws:lambda" + a + "function:f"}},
		{"lambda:UpdateFunctionCode20150331v2", `{"functionName":"111122223333:function:f"}`, []string{"lambda:UpdateFunctionCode arn:aws:lambda" + a + "function:f"}},
		{"lambda:CreateFunction20150331", `{"functionName":"f","role":"arn:aws:iam::111122223333:role/service-role/fr","layers":["arn:aws:lambda:eu-west-1:444455556666:layer:l:3"]}`, []string{"lambda:CreateFunction arn:aws:lambda" + a + "function:f", "lambda:GetLayerVersion arn:aws:lambda:eu-west-1:444455556666:layer:l:3", "~iam:PassRole arn:aws:iam::111122223333:role/service-role/fr"}},
		{"lambda:Invoke", `{"functionName":"f:live","invocationType":"Event"}`, []string{"lambda:InvokeFunction arn:aws:lambda" + a + "function:f:live"}},
		{"dynamodb:GetItem", `{"tableName":"t","key":{"id":"HIDDEN_DUE_TO_SECURITY_REASONS"}}`, []string{"dynamodb:GetItem arn:aws:dynamodb" + a + "table/t"}},
		{"dynamodb:Query", `{"tableName":"t","indexName":"i"}`, []string{"dynamodb:Query arn:aws:dynamodb" + a + "table/t", "dynamodb:Query arn:aws:dynamodb" + a + "table/t/index/i"}},
		{"dynamodb:BatchGetItem", `{"requestItems":{"t1":{},"t2":{}}}`, []string{"dynamodb:BatchGetItem arn:aws:dynamodb" + a + "table/t1", "dynamodb:BatchGetItem arn:aws:dynamodb" + a + "table/t2"}},
		{"dynamodb:TransactWriteItems", `{"transactItems":[{"put":{"tableName":"t1"}},{"delete":{"tableName":"t2"}}]}`, []string{"dynamodb:DeleteItem arn:aws:dynamodb" + a + "table/t2", "dynamodb:PutItem arn:aws:dynamodb" + a + "table/t1"}},
		{"dynamodb:ExecuteStatement", `{"statement":"SELECT * FROM \"t\".\"i\" WHERE id = ?"}`, []string{"dynamodb:PartiQLSelect arn:aws:dynamodb" + a + "table/t/index/i"}},
		{"kms:DescribeKey", `{"keyId":"1234abcd-12ab-34cd-56ef-1234567890ab"}`, []string{"kms:DescribeKey arn:aws:kms" + a + "key/1234abcd-12ab-34cd-56ef-1234567890ab"}},
		{"kms:DescribeKey", `{"keyId":"alias/mine"}`, []string{"kms:DescribeKey arn:aws:kms" + a + "key/*"}},
		{"kms:CreateAlias", `{"aliasName":"alias/mine","targetKeyId":"1234abcd-12ab-34cd-56ef-1234567890ab"}`, []string{"kms:CreateAlias arn:aws:kms" + a + "alias/mine", "kms:CreateAlias arn:aws:kms" + a + "key/1234abcd-12ab-34cd-56ef-1234567890ab"}},
		{"kms:ReEncrypt", `{"sourceKeyId":"1111abcd-12ab-34cd-56ef-1234567890ab","destinationKeyId":"2222abcd-12ab-34cd-56ef-1234567890ab"}`, []string{"kms:ReEncryptFrom arn:aws:kms" + a + "key/1111abcd-12ab-34cd-56ef-1234567890ab", "kms:ReEncryptTo arn:aws:kms" + a + "key/2222abcd-12ab-34cd-56ef-1234567890ab"}},
		{"sqs:SendMessageBatch", `{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/q.fifo"}`, []string{"sqs:SendMessage arn:aws:sqs" + a + "q.fifo"}},
		{"sqs:CreateQueue", `{"queueName":"q"}`, []string{"sqs:CreateQueue arn:aws:sqs" + a + "q"}},
		{"sns:Publish", `{"topicArn":"arn:aws:sns:eu-west-1:444455556666:t"}`, []string{"sns:Publish arn:aws:sns:eu-west-1:444455556666:t"}},
		{"sns:CreateTopic", `{"name":"t"}`, []string{"sns:CreateTopic arn:aws:sns" + a + "t"}},
		{"sns:GetSubscriptionAttributes", `{"subscriptionArn":"arn:aws:sns:eu-west-1:111122223333:t:8a21d249-4329-4871-acc6-7be709c6ea7f"}`, []string{"sns:GetSubscriptionAttributes arn:aws:sns" + a + "t"}},
		{"secretsmanager:GetSecretValue", `{"secretId":"db/pw"}`, []string{"secretsmanager:GetSecretValue arn:aws:secretsmanager" + a + "secret:db/pw-??????"}},
		{"secretsmanager:GetSecretValue", `{"secretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/pw-AbCdEf"}`, []string{"secretsmanager:GetSecretValue arn:aws:secretsmanager" + a + "secret:db/pw-AbCdEf"}},
		{"ssm:GetParameter", `{"name":"/app/x","withDecryption":true}`, []string{"ssm:GetParameter arn:aws:ssm" + a + "parameter/app/x"}},
		{"ssm:GetParameters", `{"names":["/app/x","y"]}`, []string{"ssm:GetParameters arn:aws:ssm" + a + "parameter/app/x", "ssm:GetParameters arn:aws:ssm" + a + "parameter/y"}},
		{"ssm:SendCommand", `{"documentName":"AWS-RunShellScript","instanceIds":["i-0123456789abcdef0"]}`, []string{"ssm:SendCommand arn:aws:ec2" + a + "instance/i-0123456789abcdef0", "ssm:SendCommand arn:aws:ssm:eu-west-1:*:document/AWS-RunShellScript"}},
		{"ssm:StartSession", `{"target":"i-0123456789abcdef0"}`, []string{"ssm:StartSession arn:aws:ec2" + a + "instance/i-0123456789abcdef0"}},
		{"rds:CreateDBSnapshot", `{"dBSnapshotIdentifier":"s","dBInstanceIdentifier":"d"}`, []string{"rds:CreateDBSnapshot arn:aws:rds" + a + "db:d", "rds:CreateDBSnapshot arn:aws:rds" + a + "snapshot:s"}},
		{"rds:ListTagsForResource", `{"resourceName":"arn:aws:rds:eu-west-1:111122223333:db:d"}`, []string{"rds:ListTagsForResource arn:aws:rds" + a + "db:d"}},
		{"cloudformation:CreateStack", `{"stackName":"st","roleARN":"arn:aws:iam::111122223333:role/cfn"}`, []string{"cloudformation:CreateStack arn:aws:cloudformation" + a + "stack/st/*", "~iam:PassRole arn:aws:iam::111122223333:role/cfn"}},
		{"cloudformation:DescribeStacks", `{"stackName":"arn:aws:cloudformation:eu-west-1:111122223333:stack/st/9a0a"}`, []string{"cloudformation:DescribeStacks arn:aws:cloudformation" + a + "stack/st/9a0a"}},
		{"ssm:StartAutomationExecution", `{"documentName":"AWS-StopEC2Instance"}`, []string{"ssm:StartAutomationExecution arn:aws:ssm:eu-west-1:*:automation-definition/AWS-StopEC2Instance:$DEFAULT", "ssm:StartAutomationExecution arn:aws:ssm:eu-west-1:*:document/AWS-StopEC2Instance", "ssm:StartAutomationExecution arn:aws:ssm" + a + "automation-execution/*"}},
		{"ssm:StartAutomationExecution", `{"documentName":"mine","documentVersion":"3"}`, []string{"ssm:StartAutomationExecution arn:aws:ssm" + a + "automation-definition/mine:3", "ssm:StartAutomationExecution arn:aws:ssm" + a + "automation-execution/*", "ssm:StartAutomationExecution arn:aws:ssm" + a + "document/mine"}},
		{"glue:DeleteDatabase", `{"name":"d"}`, []string{"glue:DeleteDatabase arn:aws:glue:eu-west-1:111122223333:catalog", "glue:DeleteDatabase arn:aws:glue" + a + "database/d", "glue:DeleteDatabase arn:aws:glue" + a + "table/d/*", "glue:DeleteDatabase arn:aws:glue" + a + "userDefinedFunction/d/*"}},
		{"ecs:UpdateService", `{"cluster":"c","service":"s"}`, []string{"ecs:UpdateService arn:aws:ecs" + a + "service/c/s"}},
		{"ecs:RunTask", `{"cluster":"c","taskDefinition":"td:7","overrides":{"taskRoleArn":"arn:aws:iam::111122223333:role/t"}}`, []string{"ecs:RunTask arn:aws:ecs" + a + "task-definition/td:7", "~iam:PassRole arn:aws:iam::111122223333:role/t"}},
		{"ecs:RegisterTaskDefinition", `{"family":"td","executionRoleArn":"exec"}`, []string{"ecs:RegisterTaskDefinition arn:aws:ecs" + a + "task-definition/td:*", "~iam:PassRole arn:aws:iam::111122223333:role/exec"}},
		{"eks:DescribeCluster", `{"name":"k"}`, []string{"eks:DescribeCluster arn:aws:eks" + a + "cluster/k"}},
		{"eks:DescribeNodegroup", `{"name":"k","nodegroupName":"n"}`, []string{"eks:DescribeNodegroup arn:aws:eks" + a + "nodegroup/k/n/*"}},
		{"ecr:BatchGetImage", `{"repositoryName":"team/app","imageIds":[{"imageTag":"1"}]}`, []string{"ecr:BatchGetImage arn:aws:ecr" + a + "repository/team/app"}},
		{"logs:CreateLogGroup", `{"logGroupName":"/aws/x"}`, []string{"logs:CreateLogGroup arn:aws:logs" + a + "log-group:/aws/x:*"}},
		{"logs:PutLogEvents", `{"logGroupName":"g","logStreamName":"s"}`, []string{"logs:PutLogEvents arn:aws:logs" + a + "log-group:g:log-stream:s"}},
		{"events:PutRule", `{"name":"r","eventBusName":"default"}`, []string{"events:PutRule arn:aws:events" + a + "rule/r"}},
		{"events:PutTargets", `{"rule":"r","eventBusName":"bus","targets":[{"id":"1","roleArn":"arn:aws:iam::111122223333:role/ev"}]}`, []string{"events:PutTargets arn:aws:events" + a + "rule/bus/r", "~iam:PassRole arn:aws:iam::111122223333:role/ev"}},
		{"states:StartExecution", `{"stateMachineArn":"arn:aws:states:eu-west-1:111122223333:stateMachine:m"}`, []string{"states:StartExecution arn:aws:states" + a + "stateMachine:m"}},
		{"states:CreateStateMachine", `{"name":"m","roleArn":"arn:aws:iam::111122223333:role/sfn"}`, []string{"states:CreateStateMachine arn:aws:states" + a + "stateMachine:m", "~iam:PassRole arn:aws:iam::111122223333:role/sfn"}},
		{"apigateway:CreateStage", `{"restApiId":"abc","createStageInput":{"stageName":"live"},"template":false}`, []string{"apigateway:POST arn:aws:apigateway:eu-west-1::/restapis/abc/stages"}},
		{"apigateway:GetStage", `{"apiId":"xyz","stageName":"live"}`, []string{"apigateway:GET arn:aws:apigateway:eu-west-1::/apis/xyz/stages/live"}},
		{"apigateway:GetRestApis", ``, []string{"apigateway:GET arn:aws:apigateway:eu-west-1::/restapis"}},
		{"autoscaling:PutScalingPolicy", `{"serviceNamespace":"ecs","resourceId":"service/c/s","policyName":"p"}`, []string{"application-autoscaling:PutScalingPolicy arn:aws:application-autoscaling" + a + "scalable-target/*"}},
		{"autoscaling:PutScalingPolicy", `{"autoScalingGroupName":"g","policyName":"p"}`, []string{"autoscaling:PutScalingPolicy arn:aws:autoscaling" + a + "autoScalingGroup:*:autoScalingGroupName/g"}},
		{"elasticloadbalancing:CreateLoadBalancer", `{"name":"lb","type":"network"}`, []string{"elasticloadbalancing:CreateLoadBalancer arn:aws:elasticloadbalancing" + a + "loadbalancer/net/lb/*"}},
		{"elasticloadbalancing:AddTags", `{"resourceArns":["arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/t/0123"],"tags":[{"key":"k"}]}`, []string{"elasticloadbalancing:AddTags arn:aws:elasticloadbalancing" + a + "targetgroup/t/0123"}},
		{"cloudtrail:StopLogging", `{"name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t"}`, []string{"cloudtrail:StopLogging arn:aws:cloudtrail" + a + "trail/t"}},
		{"cloudtrail:PutEventSelectors", `{"trailName":"t"}`, []string{"cloudtrail:PutEventSelectors arn:aws:cloudtrail" + a + "trail/t"}},
		{"bedrock:InvokeModel", `{"modelId":"anthropic.claude-3-sonnet-20240229-v1:0"}`, []string{"bedrock:InvokeModel arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-3-sonnet-20240229-v1:0"}},
		{"lambda:Invoke", `{"functionName":"f","qualifier":"live"}`, []string{"lambda:InvokeFunction arn:aws:lambda" + a + "function:f:live"}},
		{"lambda:Invoke", `{"functionName":"arn:aws:lambda:eu-west-1:111122223333:function:f:7"}`, []string{"lambda:InvokeFunction arn:aws:lambda" + a + "function:f:7"}},
		{"lambda:Invoke", `{"functionName":"arn:aws:lambda:eu-west-1:111122223333:function:f"}`, []string{"lambda:InvokeFunction arn:aws:lambda" + a + "function:f"}},
		{"lambda:GetFunction20150331v2", `{"functionName":"f","qualifier":"$LATEST"}`, []string{"lambda:GetFunction arn:aws:lambda" + a + "function:f:$LATEST"}},
		{"glue:GetTables", `{"databaseName":"d"}`, []string{"glue:GetTables arn:aws:glue" + a + "catalog", "glue:GetTables arn:aws:glue" + a + "database/d", "glue:GetTables arn:aws:glue" + a + "table/d/*"}},
		{"kms:DeleteAlias", `{"aliasName":"alias/a"}`, []string{"kms:DeleteAlias arn:aws:kms" + a + "alias/a", "kms:DeleteAlias arn:aws:kms" + a + "key/*"}},
		{"fsx:CreateSnapshot", `{"name":"s","volumeId":"fsvol-1"}`, []string{"fsx:CreateSnapshot arn:aws:fsx" + a + "snapshot/fsvol-1/*", "fsx:CreateSnapshot arn:aws:fsx" + a + "volume/*/fsvol-1"}},
		{"glue:GetTable", `{"databaseName":"d","name":"t"}`, []string{"glue:GetTable arn:aws:glue" + a + "catalog", "glue:GetTable arn:aws:glue" + a + "database/d", "glue:GetTable arn:aws:glue" + a + "table/d/t"}},
	} {
		res := Resolve(call(c.event, c.request))
		slices.Sort(c.want)
		if got := needsText(res.Needs); !slices.Equal(got, c.want) {
			t.Errorf("%s %s:\n got %s\nwant %s", c.event, c.request, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
		for _, n := range res.Needs {
			if !Fits(n.Action, n.Resource) {
				t.Errorf("%s: %s does not fit %s", c.event, n.Resource, n.Action)
			}
		}
	}
}

// TestRunInstances: one call, an authorization for each required type; what it
// makes is a pattern, and the answer tells the subnet the request left open.
func TestRunInstances(t *testing.T) {
	c := call("ec2:RunInstances", `{"instancesSet":{"items":[{"imageId":"ami-0123456789abcdef0","keyName":"k","minCount":1}]},"iamInstanceProfile":{"name":"web"},
		"groupSet":{"items":[{"groupId":"sg-0123456789abcdef0"}]},"tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"a","value":"b"}]}]}}`)
	c.Response = []byte(`{"instancesSet":{"items":[{"instanceId":"i-0123456789abcdef0","subnetId":"subnet-0123456789abcdef0","networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-0123456789abcdef0"}]}}]}}`)
	const a = "arn:aws:ec2:eu-west-1:111122223333:"
	want := []string{
		"ec2:RunInstances " + a + "instance/*", "ec2:RunInstances " + a + "key-pair/k", "ec2:RunInstances " + a + "network-interface/*",
		"ec2:RunInstances " + a + "security-group/sg-0123456789abcdef0", "ec2:RunInstances " + a + "subnet/subnet-0123456789abcdef0",
		"ec2:RunInstances " + a + "volume/*", "ec2:RunInstances arn:aws:ec2:eu-west-1::image/ami-0123456789abcdef0",
		"~ec2:CreateTags " + a + "instance/*", "~iam:PassRole arn:aws:iam::111122223333:role/*",
	}
	res := Resolve(c)
	slices.Sort(want)
	if got := needsText(res.Needs); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, n := range res.Needs {
		if strings.HasSuffix(n.Resource, "/*") && n.Why == "" {
			t.Errorf("%s %s: no reason", n.Action, n.Resource)
		}
		if n.ResourceType == "instance" && !n.Ephemeral {
			t.Error("an instance is ephemeral")
		}
		if n.Action == "iam:PassRole" && n.Conditions["iam:PassedToService"] != "ec2.amazonaws.com" {
			t.Errorf("conditions %v", n.Conditions)
		}
		if n.Action == "ec2:CreateTags" && n.Conditions["ec2:CreateAction"] != "RunInstances" {
			t.Errorf("conditions %v", n.Conditions)
		}
	}
}

// TestResourcesList: ARNs of the record's list count first, each only for the
// actions whose types it fits.
func TestResourcesList(t *testing.T) {
	c := call("s3:GetObject", `{"bucketName":"b","key":"k"}`)
	c.Resources = []Resource{{ARN: "arn:aws-cn:s3:::b"}, {ARN: "arn:aws-cn:s3:::b/k", Type: "AWS::S3::Object"}}
	if got := needsText(Resolve(c).Needs); !slices.Equal(got, []string{"s3:GetObject arn:aws-cn:s3:::b/k"}) {
		t.Errorf("%v", got)
	}
	c = call("kms:Decrypt", `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`)
	c.Resources = []Resource{{ARN: "arn:aws:kms:eu-west-1:111122223333:key/k1"}}
	c.InvokedBy = "secretsmanager.amazonaws.com"
	res := Resolve(c)
	if len(res.Needs) != 1 || res.Needs[0].Resource != "arn:aws:kms:eu-west-1:111122223333:key/k1" || res.Needs[0].Via != c.InvokedBy || res.Needs[0].From != "resources" {
		t.Errorf("%+v", res.Needs)
	}
	c.InvokedBy = "AWS Internal"
	if n := Resolve(c).Needs[0]; n.Via != "" {
		t.Errorf("AWS Internal became a service: %q", n.Via)
	}
}

// TestCallContext: partition, the caller's own user, a 404 of S3, lost
// parameters, notes.
func TestCallContext(t *testing.T) {
	c := call("ec2:StopInstances", `{"instancesSet":{"items":[{"instanceId":"i-0123456789abcdef0"}]}}`)
	c.Region = "us-gov-west-1"
	if n := Resolve(c).Needs[0]; n.Resource != "arn:aws-us-gov:ec2:us-gov-west-1:111122223333:instance/i-0123456789abcdef0" {
		t.Errorf("partition: %s", n.Resource)
	}
	c = call("iam:GetUser", ``)
	c.Principal = "arn:aws:iam::111122223333:user/team/alice"
	if n := Resolve(c).Needs[0]; n.Resource != c.Principal {
		t.Errorf("own user: %s", n.Resource)
	}
	c = call("s3:HeadObject", `{"bucketName":"b","key":"k"}`)
	c.ErrorCode = "NoSuchKey"
	if got := needsText(Resolve(c).Needs); !slices.Contains(got, "~s3:ListBucket arn:aws:s3:::b") {
		t.Errorf("404: %v", got)
	}
	res := Resolve(call("dynamodb:TransactWriteItems", ``))
	if len(res.Needs) != 4 || len(res.Notes) != 1 {
		t.Errorf("lost parameters: %v %v", needsText(res.Needs), res.Notes)
	}
	res = Resolve(call("ec2:RunInstances", `{"launchTemplate":{"launchTemplateId":"lt-0123456789abcdef0"}}`))
	if len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "iam:PassRole") {
		t.Errorf("launch template: %v", res.Notes)
	}
	res = Resolve(call("securityhub:CreateActionTarget", `{"name":"x"}`))
	if len(res.Notes) != 0 {
		t.Errorf("no role: %v", res.Notes)
	}
	res = Resolve(call("appfabric:StartIngestion", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`))
	if len(res.Notes) != 0 {
		t.Errorf("no role input in the model: %v", res.Notes)
	}
	for _, request := range []string{"", "null", `"text"`, "[1]", "{broken", `{"instancesSet":null}`} {
		if res := Resolve(call("ec2:StopInstances", request)); len(res.Needs) != 1 || res.Needs[0].Why == "" {
			t.Errorf("request %q: %+v", request, res.Needs)
		}
	}
}

// TestLoadTime: the data is decoded on first use, fast enough for a command.
func TestLoadTime(t *testing.T) {
	if os.Getenv("CI") != "" {
		return // shared machines keep no time
	}
	const most = 50 * time.Millisecond
	best := time.Hour
	for range 10 { // what else the machine does only makes it slower
		start := time.Now()
		for _, prefix := range []string{"s3", "iam", "lambda", "kms", "sts"} {
			parseService(prefix, readBlock("a/"+prefix))
		}
		best = min(best, time.Since(start))
	}
	if best > most {
		t.Errorf("loading five services took %v", best)
	}
}

func BenchmarkResolve(b *testing.B) {
	calls := []*Call{
		call("s3:GetObject", `{"bucketName":"b","key":"a/k.txt","Host":"b.s3.amazonaws.com"}`),
		call("ec2:TerminateInstances", `{"instancesSet":{"items":[{"instanceId":"i-0123456789abcdef0"}]}}`),
		call("lambda:CreateFunction20150331", `{"functionName":"f","role":"arn:aws:iam::111122223333:role/service-role/fr"}`),
		call("dynamodb:GetItem", `{"tableName":"t"}`),
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Resolve(calls[i%len(calls)])
	}
}

func BenchmarkLoadEC2(b *testing.B) {
	for b.Loop() {
		parseService("ec2", readBlock("a/ec2"))
	}
}

// TestPassedToServiceByPartition holds that the condition is there only where the
// service's principal is known.
func TestPassedToServiceByPartition(t *testing.T) {
	for region, want := range map[string]string{"eu-west-1": "lambda.amazonaws.com", "cn-north-1": "", "us-gov-west-1": ""} {
		c := call("lambda:CreateFunction20150331", `{"functionName":"f","role":"arn:aws:iam::111122223333:role/r"}`)
		c.Region = region
		found := false
		res := Resolve(c)
		for _, n := range res.Needs {
			if n.Action == passRole {
				found = true
				if got := n.Conditions["iam:PassedToService"]; got != want {
					t.Errorf("%s: passed to %q, want %q", region, got, want)
				}
			}
		}
		if noted := strings.Contains(strings.Join(res.Notes, "\n"), "no reviewed row names"); !found || noted != (want == "") {
			t.Errorf("%s: PassRole %v, notes %q", region, found, res.Notes)
		}
	}
}
