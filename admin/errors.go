package admin

import (
	"errors"
	"unicode"
	"unicode/utf8"

	"doorlist/auth"
	"doorlist/store"
)

// refill says that a form has to be shown once more, with faults by field; "" is the form as a whole.
type refill struct{ faults map[string]string }

func (refill) Error() string { return "the form has faults" }

// faultIn refuses one answer.
func faultIn(field, sentence string) error { return refill{map[string]string{field: sentence}} }

// fieldOf is where the store's names for fields differ from those of forms.
var fieldOf = map[string]string{"name": "slug"}

// conflicts say what to do where a value is taken.
var conflicts = map[string]string{
	"slug":    "This name is taken. Choose another.",
	"mapping": "That group or app role gives a role already. Remove that mapping first.",
}

// translate says, for a form, what an error means to whoever filled it in. It is false for what is no fault of theirs.
func translate(err error) (faults map[string]string, ok bool) {
	if again, ok := errors.AsType[refill](err); ok {
		return again.faults, true
	}
	if invalid, ok := errors.AsType[*store.InvalidError](err); ok {
		return map[string]string{formField(invalid.Field): sentence(invalid.Message)}, true
	}
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok {
		text, known := conflicts[conflict.Field]
		if !known {
			text = sentence("the " + conflict.Field + " is taken: choose another")
		}
		return map[string]string{formField(conflict.Field): text}, true
	}
	if unproved, ok := errors.AsType[*auth.UnprovedError](err); ok {
		return map[string]string{"": sentence(unproved.Message)}, true
	}
	if refused, ok := errors.AsType[*store.RefusedError](err); ok {
		return map[string]string{"": sentence(refused.Message)}, true
	}
	return nil, false
}

func formField(name string) string {
	if field, ok := fieldOf[name]; ok {
		return field
	}
	return name
}

// sentence makes a sentence of what the store says in lower case and without a full stop.
func sentence(text string) string { return capital(text) + "." }

// capital makes the first letter of a text a capital one.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
