package picture

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rezagent/rez_agent/internal/contract"
)

// arrows draws what starts at a resource.
func (d *drawing) arrows(stack Stack, id, kindOf string, p Object) {
	here := path(stack, id)
	switch kindOf {
	case "AWS::Lambda::EventSourceMapping":
		d.all(stack, p["EventSourceArn"], p["FunctionName"], fmt.Sprintf("batches of %v", p["BatchSize"]), "event")
	case "AWS::SNS::Subscription":
		d.all(stack, p["TopicArn"], p["Endpoint"], filterOf(p), "event")
		d.all(stack, p["TopicArn"], p["RedrivePolicy"], "undeliverable", "sad")
	case "AWS::SQS::Queue":
		if redrive, ok := p["RedrivePolicy"].(Object); ok {
			d.to(stack, here, redrive, fmt.Sprintf("after %v receives", redrive["maxReceiveCount"]), "sad")
		}
	case "AWS::Events::Rule":
		d.to(stack, here, p["Targets"], "", "event")
	case "AWS::ApiGateway::Method":
		integration, _ := p["Integration"].(Object)
		d.all(stack, p["RestApiId"], integration["Uri"], "", "event")
	case "AWS::ApiGateway::Authorizer":
		d.all(stack, p["RestApiId"], p["AuthorizerUri"], "who asks?", "call")
	case "AWS::CloudFront::Distribution":
		config, _ := p["DistributionConfig"].(Object)
		d.to(stack, here, config["Origins"], "", "event")
	case "AWS::Scheduler::ScheduleGroup":
		d.schedules(here)
	case "AWS::Lambda::Function":
		d.grantsOf(stack, here, p["Role"])
		d.environment(stack, here, p)
	case "AWS::StepFunctions::StateMachine":
		d.grantsOf(stack, here, p["RoleArn"])
	}
}

func filterOf(subscription Object) string {
	filter, _ := subscription["FilterPolicy"].(Object)
	channels, _ := filter[contract.AttributeChannel].([]any)
	if len(channels) == 0 {
		return ""
	}
	return fmt.Sprint(contract.AttributeChannel, " = ", channels[0])
}

func (d *drawing) all(stack Stack, from, to any, label, class string) {
	for _, at := range d.named(stack, from) {
		d.to(stack, at, to, label, class)
	}
}

func (d *drawing) to(stack Stack, from string, to any, label, class string) {
	for _, at := range d.named(stack, to) {
		d.arrow(from, at, label, class)
	}
}

// schedules draws whom users' schedules call: the scheduler takes on a role to do it.
func (d *drawing) schedules(group string) {
	d.eachResource(func(stack Stack, id, kindOf string, p Object) {
		if kindOf != "AWS::IAM::Role" || !strings.Contains(fmt.Sprint(p["AssumeRolePolicyDocument"]), "scheduler.amazonaws.com") {
			return
		}
		for _, grant := range d.grants(stack, Object{"Ref": id}) {
			d.arrow(group, grant.on, "", "event")
		}
	})
}

// environment draws what a Lambda is told of and needs no right for: the user pool's keys, and ntfy.
func (d *drawing) environment(stack Stack, here string, p Object) {
	variables, _ := p["Environment"].(Object)
	values, _ := variables["Variables"].(Object)
	d.to(stack, here, values[contract.EnvUserPoolID], "keys", "call")
	if values[contract.EnvNtfyURL] != nil {
		d.arrow(here, outside, "one request", "event")
	}
}

// verbs are the rights that are drawn, as what a holder does with them.
func verbs() map[string]edge {
	return map[string]edge{
		"states:StartSyncExecution": {label: "one for each ticket", class: "event"},
		"sns:Publish":               {label: "tickets", class: "event"},
		"sqs:SendMessage":           {label: "tickets", class: "call"},
		"sqs:StartMessageMoveTask":  {label: "redrive", class: "call"},
		"lambda:InvokeFunction":     {label: "starts", class: "call"},
		"scheduler:CreateSchedule":  {label: "makes", class: "call"},
		"dynamodb:PutItem":          {class: dataClass},
		"dynamodb:UpdateItem":       {class: dataClass},
	}
}

func (d *drawing) grantsOf(stack Stack, holder string, role any) {
	for _, grant := range d.grants(stack, role) {
		if verb, drawn := verbs()[grant.action]; drawn {
			d.arrow(holder, grant.on, verb.label, verb.class)
		}
	}
}

// grant is a right of a role on a resource.
type grant struct{ action, on string }

func (d *drawing) grants(stack Stack, role any) []grant {
	var found []grant
	for _, id := range referred(role) {
		resource, _ := stack.Resources[id].(Object)
		properties, _ := resource["Properties"].(Object)
		policies, _ := properties["Policies"].([]any)
		for _, policy := range policies {
			document, _ := policy.(Object)["PolicyDocument"].(Object)
			statements, _ := document["Statement"].([]any)
			for _, s := range statements {
				statement, _ := s.(Object)
				for _, action := range list(statement["Action"]) {
					for _, on := range d.named(stack, statement["Resource"]) {
						found = append(found, grant{fmt.Sprint(action), on})
					}
				}
			}
		}
	}
	return found
}

func list(value any) []any {
	if all, ok := value.([]any); ok {
		return all
	}
	return []any{value}
}

// referred are the ids that a value refers to.
func referred(value any) []string {
	var ids []string
	switch value := value.(type) {
	case []any:
		for _, part := range value {
			ids = append(ids, referred(part)...)
		}
	case Object:
		for _, part := range value {
			ids = append(ids, referred(part)...)
		}
		if id, ok := value["Ref"].(string); ok {
			ids = append(ids, id)
		}
		if attribute, ok := value["Fn::GetAtt"].([]any); ok {
			ids = append(ids, fmt.Sprint(attribute[0]))
		}
	}
	return ids
}

// named are the drawn resources that a value names: by reference, in this stack or another, or by their name in a text.
// Versions and aliases stand for what they are of.
func (d *drawing) named(stack Stack, value any) []string {
	var found []string
	for _, id := range referred(value) {
		found = append(found, d.meant(stack, id)...)
	}
	for _, text := range texts(value) {
		if owner, export, ok := d.exported(text); ok {
			found = append(found, d.named(owner, export)...)
			continue
		}
		for at, n := range d.nodes {
			if n.kind.class == "lambda" && strings.Contains(text, ":rez-agent-"+n.name+"-") {
				found = append(found, at)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (d *drawing) meant(stack Stack, id string) []string {
	if _, drawn := d.nodes[path(stack, id)]; drawn {
		return []string{path(stack, id)}
	}
	resource, _ := stack.Resources[id].(Object)
	properties, _ := resource["Properties"].(Object)
	switch resource["Type"] {
	case "AWS::Lambda::Alias", "AWS::Lambda::Version":
		return d.named(stack, properties["FunctionName"])
	case "AWS::StepFunctions::StateMachineVersion":
		return d.named(stack, properties["StateMachineArn"])
	case "AWS::StepFunctions::StateMachineAlias":
		return d.named(stack, properties["DeploymentPreference"])
	}
	return nil
}

// exported finds what a stack exports under a name.
func (d *drawing) exported(name string) (Stack, any, bool) {
	for _, stack := range d.stacks {
		for _, output := range stack.Outputs {
			said, _ := output.(Object)
			if export, ok := said["Export"].(Object); ok && export["Name"] == name {
				return stack, said["Value"], true
			}
		}
	}
	return Stack{}, nil, false
}

// texts are all texts in a value.
func texts(value any) []string {
	var all []string
	switch value := value.(type) {
	case string:
		all = append(all, value)
	case []any:
		for _, part := range value {
			all = append(all, texts(part)...)
		}
	case Object:
		for _, part := range value {
			all = append(all, texts(part)...)
		}
	}
	return all
}
