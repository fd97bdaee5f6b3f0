package wire

// Problem is an error as RFC 9457 describes it.
type Problem struct {
	Type     string         `json:"type"               doc:"The error's description in docs/errors.md" format:"uri-reference" example:"/api/docs/errors#invalid_field"`
	Title    string         `json:"title"              doc:"What went wrong, in general" maxLength:"128" example:"The request is not valid"`
	Status   int            `json:"status"             doc:"The HTTP status" minimum:"400" maximum:"599" example:"422"`
	Detail   string         `json:"detail"             doc:"What went wrong this time" maxLength:"2048" example:"payload.priority is 9: it must be 1 to 5"`
	Code     string         `json:"code"               doc:"The error's stable code, from the catalogue in docs/errors.md" maxLength:"64" example:"invalid_field"`
	Instance string         `json:"instance,omitempty" doc:"The reference under which the logs tell more" maxLength:"128" example:"c6af9ac6-7b61-11e6-9a41-93e8deadbeef"`
	Errors   []ProblemField `json:"errors,omitempty"   doc:"What is wrong, field by field" nullable:"false"`
}

// ProblemField is one field that is wrong.
type ProblemField struct {
	Field   string `json:"field"             doc:"Which field, parameter or header" maxLength:"256" example:"payload.priority"`
	Problem string `json:"problem"           doc:"What was wrong" maxLength:"1024" example:"9 is out of range"`
	Allowed string `json:"allowed,omitempty" doc:"What is allowed" maxLength:"512" example:"1 to 5"`
}
