package wire

// Health says whether the API, and what it depends on, works.
type Health struct {
	Status  string       `json:"status"           doc:"ok, or ill where a part does not work" enum:"ok,ill" example:"ok"`
	Stage   string       `json:"stage"            doc:"The deployment" maxLength:"32" example:"prod"`
	Version string       `json:"version"          doc:"What is deployed" maxLength:"64" example:"v1.4.0"`
	Parts   []HealthPart `json:"parts,omitempty"  doc:"What was looked at; only with deep=true" nullable:"false"`
}

// HealthPart is one thing that the API depends on.
type HealthPart struct {
	Name   string `json:"name"             doc:"Which part" enum:"messages,circuit,queue,dlq,schedules,sign_in,workflow" example:"messages"`
	Status string `json:"status"           doc:"Whether it works" enum:"ok,ill" example:"ok"`
	TookMS int64  `json:"took_ms"          doc:"How long it took to answer, in milliseconds" minimum:"0" example:"7"`
}
