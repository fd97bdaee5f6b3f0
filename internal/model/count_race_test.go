//go:build race

package model_test

// stories is how many are told under the race detector, which looks for another kind of fault and takes its time.
const stories = 200
