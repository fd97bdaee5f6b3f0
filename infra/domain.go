package infra

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/rezagent/rez_agent/internal/contract"
)

// cloudFrontRegion is the one region from which CloudFront takes certificates.
const cloudFrontRegion = "us-east-1"

// Domain is the name under which browsers find a stage.
type Domain struct {
	// Name is the host, as in rez.example.com; ZoneID the Route 53 zone that has it, or a domain above it.
	Name, ZoneID string
	// CertificateARN is that of the name's certificate in us-east-1. While it is empty there is nothing to deploy but
	// the certificate itself.
	CertificateARN string
}

const allowedDomain = "a host in lower case, as in rez.example.com"

var (
	hostName       = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	zoneID         = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)
	certificateARN = regexp.MustCompile(`^arn:aws:acm:` + cloudFrontRegion + `:[0-9]{12}:certificate/[0-9a-f-]{36}$`)
)

// readDomain reads a stage's domain; nil is CloudFront's own name. Each stage has its own, since sign-in comes back to it.
func readDomain(name, zone, certificate, publicURL string, stages []Stage, emulated bool) (*Domain, error) {
	switch {
	case name == "" && zone == "" && certificate == "":
		return nil, nil
	case emulated:
		return nil, fmt.Errorf("%s is given: the stage %q has no domain", contextDomain, StageLocal)
	case len(stages) > 1:
		return nil, fmt.Errorf("%s is given for %d stages: each has its own; deploy them one by one", contextDomain, len(stages))
	case publicURL != "":
		return nil, fmt.Errorf("%s and %s are both given: the domain is the public address", contextDomain, contextPublicURL)
	}
	var nameErr, zoneErr, certificateErr error
	if !hostName.MatchString(name) {
		nameErr = fmt.Errorf("%s is %q: it must be %s", contextDomain, name, allowedDomain)
	}
	if !zoneID.MatchString(zone) {
		zoneErr = fmt.Errorf("%s is %q: it must be the id of the domain's zone in Route 53, as in Z0123456789ABC", contextHostedZone, zone)
	}
	if certificate != "" && !certificateARN.MatchString(certificate) {
		certificateErr = fmt.Errorf("%s is %q: it must be the ARN of a certificate in %s, where CloudFront looks for it",
			contextCertificate, certificate, cloudFrontRegion)
	}
	if err := errors.Join(nameErr, zoneErr, certificateErr); err != nil {
		return nil, err
	}
	return &Domain{Name: name, ZoneID: zone, CertificateARN: certificate}, nil
}

// withoutCertificate says that the domain's certificate has to be made first.
func (o Options) withoutCertificate() bool { return o.Domain != nil && o.Domain.CertificateARN == "" }

// needsDomain says whether the stage has a part that is found by its own name.
func (s Stage) needsDomain() bool { return s.PrivateAPI || s.SecondRegion != "" }

// newCertificateStack makes the domain's certificate where CloudFront looks for it. Its ARN is handed on by whoever deploys:
// between regions CloudFormation refers to nothing, and the CDK's bridge would be two Lambdas that are none of ours, and a
// template that knows its account.
func newCertificateStack(app awscdk.App, stage Stage, domain Domain) {
	stack := newStackIn(app, stage, "certificate", "rez_agent: the domain's certificate for CloudFront", cloudFrontRegion)
	certificate := domain.newCertificate(stack, domain.Name)
	output(stack, contract.OutputCertificateARN, certificate.CertificateArn(), "Certificate of the domain: give it as "+contextCertificate)
}

// zone is the domain's, for one use. It goes by the domain's own name: records need not be told what is above it.
func (d *Domain) zone(scope constructs.Construct, use string) awsroute53.IHostedZone {
	return awsroute53.HostedZone_FromHostedZoneAttributes(scope, jsii.String("ZoneOf"+use), &awsroute53.HostedZoneAttributes{
		HostedZoneId: jsii.String(d.ZoneID), ZoneName: jsii.String(d.Name),
	})
}

// origin is the host under which CloudFront finds the API behind it.
func (d *Domain) origin() string { return "origin." + d.Name }

// newCertificate makes a certificate of the region's for a host. A record in the zone proves that the host is ours, and
// renews it each year.
func (d *Domain) newCertificate(stack awscdk.Stack, host string) awscertificatemanager.Certificate {
	return awscertificatemanager.NewCertificate(stack, jsii.String("Certificate"), &awscertificatemanager.CertificateProps{
		DomainName: jsii.String(host), Validation: awscertificatemanager.CertificateValidation_FromDns(d.zone(stack, "Certificate")),
	})
}

// named gives the edge the domain's name and certificate.
func (d *Domain) named(stack awscdk.Stack, props *awscloudfront.DistributionProps) {
	if d == nil {
		return
	}
	props.DomainNames = jsii.Strings(d.Name)
	props.Certificate = awscertificatemanager.Certificate_FromCertificateArn(stack, jsii.String("EdgeCertificate"), jsii.String(d.CertificateARN))
}

// leadToTheEdge makes the domain's name that of the edge, for both kinds of addresses.
func (a *api) leadToTheEdge() {
	domain := a.options.Domain
	if domain == nil {
		return
	}
	zone := domain.zone(a.stack, "Edge")
	target := awsroute53.RecordTarget_FromAlias(awsroute53targets.NewCloudFrontTarget(a.edge.distribution))
	awsroute53.NewARecord(a.stack, jsii.String("EdgeName"), &awsroute53.ARecordProps{Zone: zone, Target: target})
	awsroute53.NewAaaaRecord(a.stack, jsii.String("EdgeNameOverIPv6"), &awsroute53.AaaaRecordProps{Zone: zone, Target: target})
}
