package mutation

import "slices"

// Catalogue is every mutant, in the order in which a message meets what they break.
func Catalogue() []Mutant {
	return slices.Concat(
		intake(), records(), tickets(), dispatcher(), circuits(), limits(), steps(), answers(), posted(), workflow(), sweeper(),
		counters(), stored(), called(), settled(), configured(), signedIn(), listed(), routed(), infrastructure(),
	)
}

// broken is a mutant of the file and tests that in gives it.
func broken(name, old, changed string) Mutant { return Mutant{Name: name, Old: old, New: changed} }

// explained says why no test can notice a mutant.
func (m Mutant) explained(why string) Mutant {
	m.Survives = why
	return m
}

// by names the tests that should notice a mutant, in the place of those of its file.
func (m Mutant) by(tests ...Tests) Mutant {
	m.Tests = tests
	return m
}

// in gives mutants their area, their file, and the tests of its package where they have none of their own.
func in(area, file string, tests []Tests, mutants ...Mutant) []Mutant {
	for i := range mutants {
		m := &mutants[i]
		m.Name, m.File = area+"/"+m.Name, file
		if m.Tests == nil {
			m.Tests = tests
		}
	}
	return mutants
}

// allOf are all tests of some packages.
func allOf(packages ...string) []Tests {
	all := make([]Tests, 0, len(packages))
	for _, pkg := range packages {
		all = append(all, Tests{Package: pkg})
	}
	return all
}
