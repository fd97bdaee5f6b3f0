package wire

import "time"

// Metrics are the figures of one period, from hourly counters.
type Metrics struct {
	Period         string         `json:"period"          doc:"The period asked for" enum:"1h,24h,7d" example:"24h"`
	From           time.Time      `json:"from"            doc:"The period's beginning, a whole hour" example:"2026-11-24T09:00:00Z"`
	To             time.Time      `json:"to"              doc:"Its end: now" example:"2026-11-25T08:41:12Z"`
	Total          Figures        `json:"total"           doc:"All that match, together"`
	Groups         []MetricsGroup `json:"groups"          doc:"The same by stage and message type" nullable:"false"`
	Hours          []MetricsHour  `json:"hours"           doc:"The same by hour, oldest first" nullable:"false"`
	Waiting        Waiting        `json:"waiting"         doc:"What has not ended yet, now, of every message type"`
	CircuitChanges int            `json:"circuit_changes" doc:"How often the circuit opened or closed" minimum:"0" example:"2"`
	LatestFailures []Summary      `json:"latest_failures" doc:"The newest failed messages, at most ten" nullable:"false"`
}

// Waiting are the messages that have not ended yet.
type Waiting struct {
	UnderWay Count `json:"under_way" doc:"Created and processing: on their way through the queue and the workflow"`
	Deferred Count `json:"deferred"  doc:"Could not be delivered yet, and come again by themselves"`
}

// Count is a count that is exact up to 1,000.
type Count struct {
	Count int  `json:"count"          doc:"How many, at most 1,000" minimum:"0" maximum:"1000" example:"12"`
	More  bool `json:"more,omitempty" doc:"Whether there are more than that" example:"true"`
}

// MetricsGroup are the figures of one stage and message type.
type MetricsGroup struct {
	Stage       string  `json:"stage"        doc:"The deployment" maxLength:"32" example:"prod"`
	MessageType string  `json:"message_type" doc:"The kind of messages" maxLength:"64" example:"notification"`
	Figures     Figures `json:"figures"      doc:"Their figures"`
}

// MetricsHour are the figures of one hour.
type MetricsHour struct {
	Hour    time.Time `json:"hour"    doc:"When the hour began" example:"2026-11-25T08:00:00Z"`
	Figures Figures   `json:"figures" doc:"Its figures"`
}

// Figures are counters and what follows from them. A percentile is the upper bound of its histogram bucket.
type Figures struct {
	Accepted    int      `json:"accepted"                 doc:"Messages accepted" minimum:"0" example:"1200"`
	Completed   int      `json:"completed"                doc:"Messages delivered" minimum:"0" example:"1197"`
	Failed      int      `json:"failed"                   doc:"Messages that failed, for whatever reason" minimum:"0" example:"3"`
	Refused     int      `json:"refused"                  doc:"Of the failed: refused by ntfy" minimum:"0" example:"1"`
	Expired     int      `json:"expired"                  doc:"Of the failed: their deadline passed" minimum:"0" example:"2"`
	Faulted     int      `json:"faulted"                  doc:"Of the failed: something of ours broke" minimum:"0" example:"0"`
	Replayed    int      `json:"replayed"                 doc:"Replays" minimum:"0" example:"4"`
	Deferrals   int      `json:"deferrals"                doc:"How often messages were put off" minimum:"0" example:"12"`
	Attempts    int      `json:"attempts"                 doc:"Requests to ntfy" minimum:"0" example:"1215"`
	SuccessRate *float64 `json:"success_rate,omitempty"   doc:"Completed of completed and failed, 0 to 1; absent where nothing ended" minimum:"0" maximum:"1" example:"0.9975"`
	LatencyP50  *int64   `json:"latency_p50_ms,omitempty" doc:"Half of the delivered messages arrived within so many milliseconds of their acceptance" minimum:"0" example:"100"`
	LatencyP95  *int64   `json:"latency_p95_ms,omitempty" doc:"95 of 100 did" minimum:"0" example:"250"`
}
