//go:build !race

package model_test

// stories is how many are told.
const stories = 4_000
