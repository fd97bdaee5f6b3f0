package infra

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"

	"github.com/rezagent/rez_agent/internal/settings"
)

// StageLocal is the stage that runs on the emulator.
const StageLocal = "local"

// AllStages means every stage on AWS, where a stage's name is asked for.
const AllStages = "all"

// Stage is what differs from one stage to the next.
type Stage struct {
	// Name ends every physical name.
	Name string
	// LogRetention is how long the Lambdas' logs and the executions' history are kept.
	LogRetention awslogs.RetentionDays
	// LogLevel of the Lambdas.
	LogLevel string
	// ExecutionLog is how much of each execution is logged. ALL shows every execution in the console, also one that went
	// well, and is the largest item on a busy stage's bill; ERROR shows the failed ones only.
	ExecutionLog awsstepfunctions.LogLevel
	// Tracing sends traces to X-Ray. Lambda decides which: one request a second and 5 % of the rest; it takes no other
	// rate, so there is no rule of ours.
	Tracing bool
	// KeepData protects the tables: point-in-time recovery, deletion protection, and they outlive their stack.
	KeepData bool
	// OwnKeys encrypts tables, topic, queues, logs and parameters with KMS keys of the stage's own, three dollars a month.
	OwnKeys bool
	// Shift moves work to a new version bit by bit, and back if it breaks: Lambdas by CodeDeploy, the workflow by its alias.
	Shift bool
	// Reservations keeps Lambda concurrency for the processor, the schedulers and the API. AWS leaves at least 100 unreserved, so an
	// account with the quota of a new one (10) cannot have any.
	Reservations bool
	// MaxProcessors is the most processors that the queue starts at once. With reservations it is the number reserved.
	MaxProcessors int
	// BatchSize is how many queue items one processor gets; it delivers them all at once.
	BatchSize int
	// QueueWindow is how long AWS gathers tickets before it starts a processor, up to QueueWindowMost. A second makes a
	// stage with steady traffic cheaper (docs/cost.md). No stage begins with it: where a queue has very little traffic AWS may
	// wait for 20 s, whatever the window (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
	QueueWindow time.Duration
	// Capacity of the busy tables; nil pays them by request, which follows any load and costs nothing while idle.
	Capacity *Capacity
	// UsagePlans gives each role its own share of the API's requests.
	UsagePlans bool
	// APICanary lets a new version of the API answer a tenth of the requests for five minutes, and then all; without it a
	// tenth more each minute.
	APICanary bool
	// Firewall puts AWS WAF before the API, about nine dollars a month.
	Firewall bool
	// PrivateAPI takes the gateway out of the Internet: CloudFront reaches it by a load balancer and an endpoint in a network
	// of the stage's own, about 31 dollars a month. It needs a domain.
	PrivateAPI bool
	// SecondRegion, as in eu-west-1, has the tables once more and a pipeline and an API that stand by; empty is none. It
	// needs a domain. See docs/multi-region.md before it is switched on where there are tables.
	SecondRegion string
	// region is where the stage stands by; empty everywhere but on what standby makes.
	region string
	// idle starts nothing by the clock: another region does. fenced also takes nothing from the queue.
	idle, fenced bool
	// MonthlyBudget, in dollars, is what the account's bill of a month is watched against; 0 watches nothing.
	MonthlyBudget int
	// Emulated says that the stage is deployed to the emulator.
	Emulated bool
}

// newAccountQuota is the Lambda concurrency of a new AWS account, and usualQuota that of any other.
const newAccountQuota, usualQuota = 10, 1000

const (
	// newAccountProcessors with newAccountBatch messages each, and one of each Lambda around them, are 10 at once.
	newAccountProcessors, newAccountBatch = 2, 1
	// usualProcessors deliver 500 messages at once.
	usualProcessors = 50
	// localProcessors are what two cores keep up with.
	localProcessors = 10
)

// stages is the table of all stages.
func stages() []Stage {
	batch := settings.Default().BatchSize
	return []Stage{
		{
			Name: StageLocal, LogRetention: awslogs.RetentionDays_ONE_WEEK, LogLevel: "debug",
			ExecutionLog: awsstepfunctions.LogLevel_ALL, Reservations: true, MaxProcessors: localProcessors, BatchSize: batch,
			Emulated: true,
		},
		{
			// Without reservations, so that it deploys into a new account.
			Name: "dev", LogRetention: awslogs.RetentionDays_ONE_WEEK, LogLevel: "debug",
			ExecutionLog: awsstepfunctions.LogLevel_ALL, Tracing: true, KeepData: true,
			MaxProcessors: newAccountProcessors, BatchSize: newAccountBatch, MonthlyBudget: 25,
		},
		{
			Name: "stage", LogRetention: awslogs.RetentionDays_TWO_WEEKS, LogLevel: "info",
			ExecutionLog: awsstepfunctions.LogLevel_ALL, Tracing: true, KeepData: true, OwnKeys: true, Shift: true, Reservations: true,
			MaxProcessors: usualProcessors, BatchSize: batch, UsagePlans: true, MonthlyBudget: 50,
		},
		{
			Name: "prod", LogRetention: awslogs.RetentionDays_ONE_MONTH, LogLevel: "info",
			ExecutionLog: awsstepfunctions.LogLevel_ALL, Tracing: true, KeepData: true, OwnKeys: true, Shift: true, Reservations: true,
			MaxProcessors: usualProcessors, BatchSize: batch, UsagePlans: true, APICanary: true, MonthlyBudget: 100,
		},
	}
}

// stagesNamed finds one stage by its name, or all stages on AWS.
func stagesNamed(name string) ([]Stage, error) {
	var found []Stage
	all := stages()
	names := make([]string, 0, len(all))
	for _, stage := range all {
		names = append(names, stage.Name)
		if stage.Name == name || (name == AllStages && !stage.Emulated) {
			found = append(found, stage)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("stage %q is unknown: give -c stage=%s, or %s for every one on AWS", name, strings.Join(names, "|"), AllStages)
	}
	return found, nil
}

// The most of each Lambda that runs at once beside the processors and their workflows. With reservations webAPIs,
// scheduleFirings and schedulers are reserved.
const (
	schedulers      = 1
	sweepers        = 1
	rollups         = 1 // the messages table's stream has one shard until it is large
	replayJobs      = 1
	scheduleFirings = 5
	webAPIs         = 100
)

// check reports what would let a throttled Lambda use up a message's receives, or a deployment fail. Each processor keeps
// as many workflow Lambdas busy as it has messages.
func (s Stage) check(others int) error {
	atOnce, free := s.concurrency(others)
	switch {
	case s.beyondEmulator():
		return fmt.Errorf("stage %s: OwnKeys, Shift or another option is on that the emulator does not have: see beyondEmulator", s.Name)
	case s.MaxProcessors < minProcessors:
		return fmt.Errorf("stage %s: MaxProcessors is %d: SQS allows no fewer than %d", s.Name, s.MaxProcessors, minProcessors)
	case others > 0 && !s.Reservations:
		return fmt.Errorf("stage %s: a second channel needs %d Lambdas at once, a new account has %d: raise the account's quota (%d is usual), "+
			"then set the stage's Reservations, MaxProcessors and BatchSize in infra/stage.go", s.Name, atOnce, free, usualQuota)
	case atOnce > free:
		return fmt.Errorf("stage %s: %d processors with %d messages each need %d Lambdas at once, there are %d: lower MaxProcessors or BatchSize",
			s.Name, s.MaxProcessors, s.BatchSize, atOnce, free)
	case s.QueueWindow < 0 || s.QueueWindow > QueueWindowMost || s.QueueWindow%time.Second != 0:
		return fmt.Errorf("stage %s: QueueWindow is %v: it must be whole seconds, at most %v", s.Name, s.QueueWindow, QueueWindowMost)
	case !slices.Contains([]string{"debug", "info", "warn", "error"}, s.LogLevel):
		return fmt.Errorf("stage %s: LogLevel is %q: it must be debug, info, warn or error", s.Name, s.LogLevel)
	}
	return s.checkOptions()
}

// QueueWindowMost leaves a message half of the ten seconds in which it is to be delivered.
const QueueWindowMost = 5 * time.Second

// minProcessors is the least that an event source mapping takes as MaximumConcurrency.
const minProcessors = 2

// concurrency is how many Lambdas without a reservation run at once, and how many may.
//
// A new account cannot reserve: there the API and users' schedules are counted as one Lambda each. More requests at once
// take what is left, and may throttle a processor; its ticket then goes to the DLQ, and the sweeper publishes another.
func (s Stage) concurrency(others int) (atOnce, free int) {
	more := others * s.otherProcessors()
	pipeline := (s.MaxProcessors+more)*s.BatchSize + sweepers + rollups + replayJobs
	if !s.Reservations {
		const api, firing = 1, 1
		return pipeline + s.MaxProcessors + more + schedulers + api + firing, newAccountQuota
	}
	const authorizers = webAPIs // one asks for each request, before webapi does
	return pipeline + authorizers, usualQuota - s.MaxProcessors - more - schedulers - scheduleFirings - webAPIs
}

// checkOptions reports an option that cannot be meant, or that contradicts another.
func (s Stage) checkOptions() error {
	if s.Capacity != nil {
		if err := s.Capacity.check(); err != nil {
			return fmt.Errorf("stage %s: %w", s.Name, err)
		}
	}
	if s.APICanary && !s.Shift {
		return fmt.Errorf("stage %s: APICanary is on and Shift is not: there is no gradual deployment to be a canary", s.Name)
	}
	if s.SecondRegion != "" {
		return s.checkSecondRegion()
	}
	return nil
}
