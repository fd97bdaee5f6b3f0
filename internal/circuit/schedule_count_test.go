//go:build !race

package circuit_test

// How many schedules are run.
const (
	inMemory   = 100_000
	onDynamoDB = 1_000

	linearSchedules      = 5000
	linearRounds         = 200
	linearRoundsDynamoDB = 20
)
