package ntfy

import (
	"fmt"
	"maps"
	"slices"
)

// textField is one text that the user wrote, and its JSON path.
type textField struct {
	path, text string
}

// texts lists every text of the notification that the user wrote freely, in a fixed order.
func (n Notification) texts() []textField {
	fields := make([]textField, 0, len(n.Tags)+len(n.Actions))
	fields = append(fields,
		textField{"title", n.Title},
		textField{"message", n.Message},
		textField{"click", n.Click},
		textField{"icon", n.Icon},
		textField{"attach", n.Attach},
		textField{"filename", n.Filename},
	)
	for i, tag := range n.Tags {
		fields = append(fields, textField{fmt.Sprintf("tags[%d]", i), tag})
	}
	for i, action := range n.Actions {
		fields = append(fields, action.texts(fmt.Sprintf("actions[%d]", i))...)
	}
	return fields
}

func (a Action) texts(at string) []textField {
	fields := []textField{
		{at + ".label", a.Label},
		{at + ".url", a.URL},
		{at + ".method", a.Method},
		{at + ".body", a.Body},
		{at + ".intent", a.Intent},
		{at + ".value", a.Value},
	}
	fields = append(fields, pairTexts(at+".headers", a.Headers)...)
	return append(fields, pairTexts(at+".extras", a.Extras)...)
}

func pairTexts(at string, pairs map[string]string) []textField {
	fields := make([]textField, 0, 2*len(pairs))
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		fields = append(fields, textField{at, key}, textField{at, pairs[key]})
	}
	return fields
}
