package infra

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// edge is the one address under which a browser sees dashboard and API, so that the session's cookies need no CORS.
type edge struct {
	files        awss3.Bucket
	distribution awscloudfront.Distribution
}

// newEdge puts CloudFront before the bucket with the dashboard's files and before the API. The emulator's place of it is
// local/front.
func (a *api) newEdge() *edge {
	e := &edge{files: awss3.NewBucket(a.stack, jsii.String("DashboardFiles"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		// Built files, that any deployment puts there again; but a bucket must be empty before it can go.
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})}
	accept(e.files, finding{rule: "S1", reason: "The dashboard's built files are no secret, and only CloudFront reads them."})
	props := &awscloudfront.DistributionProps{
		Comment:                jsii.String(a.stage.name("edge")),
		MinimumProtocolVersion: awscloudfront.SecurityPolicyProtocol_TLS_V1_2_2021,
		HttpVersion:            awscloudfront.HttpVersion_HTTP2_AND_3,
		// The dashboard is for the people who run it: the cheapest set of places is near enough.
		PriceClass:      awscloudfront.PriceClass_PRICE_CLASS_100,
		DefaultBehavior: a.dashboardBehavior(e.files),
		AdditionalBehaviors: &map[string]*awscloudfront.BehaviorOptions{
			"/" + contract.APIStage + "/*": a.apiBehavior(),
		},
	}
	a.options.Domain.named(a.stack, props)
	e.distribution = awscloudfront.NewDistribution(a.stack, jsii.String("Edge"), props)
	accept(e.distribution,
		finding{rule: "CFR1", reason: "Whoever may sign in may do so from anywhere."},
		finding{rule: "CFR3", reason: "The gateway's access log tells of every request to the API; the rest are the dashboard's files."})
	a.acceptPlainEdge(e.distribution)
	return e
}

// acceptPlainEdge notes what an edge without a certificate of its own, or without a firewall, leaves open.
func (a *api) acceptPlainEdge(distribution awscloudfront.Distribution) {
	accept(distribution, finding{rule: "CFR2", reason: "The firewall, where the stage has one, stands before the API, which has an address of its own. The files need none."})
	if a.options.Domain == nil {
		accept(distribution, finding{rule: "CFR4", reason: "CloudFront's own certificate leaves the choice of TLS to CloudFront. One for a domain asks for TLS 1.2."})
	}
}

// dashboardBehavior serves the dashboard's files; a path that names none is a page of the dashboard.
func (a *api) dashboardBehavior(files awss3.IBucket) *awscloudfront.BehaviorOptions {
	pages := awscloudfront.NewFunction(a.stack, jsii.String("DashboardPages"), &awscloudfront.FunctionProps{
		FunctionName: jsii.String(a.stage.name("pages")),
		Comment:      jsii.String("Answers the dashboard's own paths with its one page"),
		Runtime:      awscloudfront.FunctionRuntime_JS_2_0(),
		Code: awscloudfront.FunctionCode_FromInline(jsii.String(`function handler(event) {
  var request = event.request;
  if (!request.uri.split('/').pop().includes('.')) { request.uri = '/index.html'; }
  return request;
}`)),
	})
	return &awscloudfront.BehaviorOptions{
		Origin:                awscloudfrontorigins.S3BucketOrigin_WithOriginAccessControl(files, nil),
		ViewerProtocolPolicy:  awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS,
		CachePolicy:           awscloudfront.CachePolicy_CACHING_OPTIMIZED(),
		Compress:              jsii.Bool(true),
		ResponseHeadersPolicy: a.dashboardHeaders(),
		FunctionAssociations: &[]*awscloudfront.FunctionAssociation{
			{EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST, Function: pages},
		},
	}
}

// dashboardHeaders let the dashboard's pages load nothing from elsewhere but pictures, and be framed by nobody.
func (a *api) dashboardHeaders() awscloudfront.ResponseHeadersPolicy {
	const year = 365
	return awscloudfront.NewResponseHeadersPolicy(a.stack, jsii.String("DashboardHeaders"), &awscloudfront.ResponseHeadersPolicyProps{
		ResponseHeadersPolicyName: jsii.String(a.stage.name("dashboard")),
		SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{
			ContentSecurityPolicy: &awscloudfront.ResponseHeadersContentSecurityPolicy{
				ContentSecurityPolicy: jsii.String(contract.DashboardCSP), Override: jsii.Bool(true),
			},
			ContentTypeOptions: &awscloudfront.ResponseHeadersContentTypeOptions{Override: jsii.Bool(true)},
			FrameOptions: &awscloudfront.ResponseHeadersFrameOptions{
				FrameOption: awscloudfront.HeadersFrameOption_DENY, Override: jsii.Bool(true),
			},
			ReferrerPolicy: &awscloudfront.ResponseHeadersReferrerPolicy{
				ReferrerPolicy: awscloudfront.HeadersReferrerPolicy_NO_REFERRER, Override: jsii.Bool(true),
			},
			StrictTransportSecurity: &awscloudfront.ResponseHeadersStrictTransportSecurity{
				AccessControlMaxAge: awscdk.Duration_Days(jsii.Number(year)), IncludeSubdomains: jsii.Bool(true), Override: jsii.Bool(true),
			},
		},
	})
}

// apiBehavior hands the API's requests on as they come, cookies and all, and keeps no answer. The host is the gateway's
// own: it would not know ours.
func (a *api) apiBehavior() *awscloudfront.BehaviorOptions {
	return &awscloudfront.BehaviorOptions{
		Origin:               a.apiOrigin(),
		ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY,
		AllowedMethods:       awscloudfront.AllowedMethods_ALLOW_ALL(),
		CachePolicy:          awscloudfront.CachePolicy_CACHING_DISABLED(),
		OriginRequestPolicy:  awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
		FunctionAssociations: a.withoutStage(),
	}
}

// apiOrigin is the gateway's own address; with two regions the name of both; or where it has none in the Internet the load balancer before it. To the endpoint
// behind that a header says which API is meant: the host is the balancer's.
func (a *api) apiOrigin() awscloudfront.IOrigin {
	if a.stage.SecondRegion != "" {
		return awscloudfrontorigins.NewHttpOrigin(jsii.String(a.options.Domain.origin()), nil)
	}
	if a.way == nil {
		return awscloudfrontorigins.NewHttpOrigin(a.gatewayHost(), nil)
	}
	return awscloudfrontorigins.VpcOrigin_WithApplicationLoadBalancer(a.way.balancer, &awscloudfrontorigins.VpcOriginWithEndpointProps{
		VpcOriginName:  jsii.String(a.stage.name("api")),
		DomainName:     jsii.String(a.options.Domain.origin()),
		ProtocolPolicy: awscloudfront.OriginProtocolPolicy_HTTPS_ONLY,
		HttpsPort:      jsii.Number(httpsPort),
		CustomHeaders:  &map[string]*string{"x-apigw-api-id": a.gateway.RestApiId()},
	})
}

// newDashboardStack puts the built dashboard into the bucket. It is a stack of its own: the CDK's helper that copies the
// files is a Lambda that is none of ours.
func newDashboardStack(app awscdk.App, stage Stage, options Options, at *edge) {
	stack := newStack(app, stage, "dashboard", "rez_agent: the dashboard's files")
	awss3deployment.NewBucketDeployment(stack, jsii.String("Files"), &awss3deployment.BucketDeploymentProps{
		Sources:           &[]awss3deployment.ISource{awss3deployment.Source_Asset(jsii.String(options.Dashboard), nil)},
		DestinationBucket: awss3.Bucket_FromBucketName(stack, jsii.String("Bucket"), at.files.BucketName()),
		Distribution:      at.distribution,
		DistributionPaths: jsii.Strings("/*"),
	})
	const helper = "The CDK's helper that copies files into a bucket brings its own Lambda and rights; it runs at a deployment only."
	acceptWithin(stack, finding{rule: "L1", reason: helper}, finding{rule: "IAM4", reason: helper}, finding{rule: "IAM5", reason: helper})
}

// checkDashboard wants the built dashboard where a stage on AWS is to be deployed.
func (o Options) checkDashboard() error {
	if o.emulated() {
		return nil
	}
	page := filepath.Join(o.Dashboard, "index.html")
	if info, err := os.Stat(page); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("%s is missing: `make web/build` builds the dashboard (-c %s=<folder> names another place)", page, contextDashboard)
	}
	return nil
}
