//go:build race

package circuit_test

// How many schedules are run under the race detector, which looks for another kind of fault and takes its time.
const (
	inMemory   = 2_000
	onDynamoDB = 40

	linearSchedules      = 100
	linearRounds         = 50
	linearRoundsDynamoDB = 3
)
