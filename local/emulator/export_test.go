package emulator

// CutLifeline closes the pipe that tells the launcher that we live.
func (e *Emulator) CutLifeline() error { return e.lifeline.Close() }
