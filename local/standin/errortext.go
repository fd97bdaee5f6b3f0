package standin

// errorText is what a real server says with a code, and then the address of its documentation. Clients show these texts, so
// the stand-in says the same.
func errorText(code int) (string, string) {
	for _, known := range errorTexts() {
		if known.code == code {
			return known.text, known.link
		}
	}
	return "error of a kind that the stand-in does not know", ""
}

type errorLine struct {
	code       int
	text, link string
}

func errorTexts() []errorLine {
	const (
		scheduled = docsPublish + "#scheduled-delivery"
		limits    = docsPublish + "#limitations"
		auth      = docsPublish + "#authentication"
	)
	return []errorLine{
		{40000, "invalid request", ""},
		{codeEmailDisabled, "e-mail notifications are not enabled", docsConfig + "#e-mail-notifications"},
		{codeDelayForm, "invalid delay parameter: unable to parse delay", scheduled},
		{codeDelayTooSmall, "invalid delay parameter: too small, please refer to the docs", scheduled},
		{codeDelayTooLarge, "invalid delay parameter: too large, please refer to the docs", scheduled},
		{codePriority, "invalid priority parameter", docsPublish + "#message-priority"},
		{codeSince, "invalid since parameter", "https://ntfy.sh/docs/subscribe/api/#fetch-cached-messages"},
		{codeTopicInvalid, "invalid request: topic invalid", ""},
		{codeTopicDisallowed, "invalid request: topic name is not allowed", ""},
		{codeNotUTF8, "invalid request: message must be UTF-8 encoded", ""},
		{codeAttachURL, "invalid request: attachment URL is invalid", docsPublish + "#attachments"},
		{codeAttachmentsOff, "invalid request: attachments not allowed", docsConfig + "#attachments"},
		{codeActions, "invalid request: actions invalid", docsPublish + "#action-buttons"},
		{codeIconURL, "invalid request: icon URL is invalid", docsPublish + "#icons"},
		{codeJSONInvalid, "invalid request: request body must be valid JSON", ""},
		{codeCallsDisabled, "invalid request: calling is disabled", docsConfig + "#phone-calls"},
		{codeSequence, "invalid request: sequence ID invalid", docsPublish + "#updating-deleting-notifications"},
		{codeUnauthorized, "unauthorized", auth},
		{codeForbidden, "forbidden", auth},
		{codeNotFound, "page not found", ""},
		{41301, "attachment too large, or bandwidth limit reached", limits},
		{codeBodyTooLarge, "JSON body too large", ""},
		{codeTooManyRequests, "limit reached: too many requests", limits},
		{42902, "limit reached: too many emails", limits},
		{42905, "limit reached: daily bandwidth reached", limits},
		{codeQuota, "limit reached: daily message quota reached", limits},
		{codeTooManyAuthFailure, "limit reached: too many auth failures", limits},
		{codeInternal, "internal server error", ""},
		{codeStorage, "cannot publish to UnifiedPush topic without previously active subscriber", ""},
	}
}
