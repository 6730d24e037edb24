package auth

import (
	"strings"
	"testing"
)

// translated are the errors that Microsoft documents and people meet, and a word of what they are told.
var translated = []struct{ numbers, word string }{
	{"50105", "not given you access"},
	{"65004", "canceled"},
	{"65001 90094 90095", "approve"},
	{"50058 50072 50074 50076 50078 50079", "one more step"},
	{"53000 53001 53003 530032 50131 50158", "security policy"},
	{"50020 16000 16003 50034 51004 50014 90072", "another account"},
	{"50057", "disabled"},
	{"50053 50055 50056 50126 50144", "locked"},
	{"50011 500112 900971", "not set up correctly"},
	{"50194 700016 90002 700011 500011 700005", "not set up correctly"},
	{"7000215 7000222 7000218 700027 50012", "not set up correctly"},
	{"54005 70008 501481 50147 501491", "Start again"},
	{"70011 650053 65005 650056 650057 28002 900144", "not set up correctly"},
	{"700054 9002325 9002326 9002327", "not set up correctly"},
	{"90015", "circles"},
	{"50196", "Wait a minute"},
	{"50089 50133 50173 70043 700082", "afresh"},
	{"90033 90006 50033 90024 50087", "having a problem"},
	{"500021 500022 500212 500213", "does not allow"},
}

func TestProviderError_Translated(t *testing.T) {
	t.Parallel()
	for _, row := range translated {
		for number := range strings.FieldsSeq(row.numbers) {
			no := readFault("invalid_request", "AADSTS"+number+": whatever. Trace ID: x Correlation ID: 0F0E0D0C-1111-4222-8333-444455556666").refusal()
			if !strings.Contains(no.hint.person, row.word) {
				t.Errorf("AADSTS%s: the person reads %q, want something with %q", number, no.hint.person, row.word)
			}
			if no.hint.fix == "" || no.hint.correlation != "0f0e0d0c-1111-4222-8333-444455556666" {
				t.Errorf("AADSTS%s: the administrator gets %q and the correlation id %q", number, no.hint.fix, no.hint.correlation)
			}
			if !strings.Contains(no.detail, "AADSTS"+number) || !strings.Contains(no.detail, no.hint.correlation) {
				t.Errorf("AADSTS%s: the decision says %q", number, no.detail)
			}
		}
	}
}

// TestProviderError_EachNumberStandsOnce: of two rows the second would never be read.
func TestProviderError_EachNumberStandsOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range faultHints {
		for _, word := range append(strings.Fields(row.numbers), strings.Fields(row.codes)...) {
			if seen[word] {
				t.Errorf("%s stands twice", word)
			}
			seen[word] = true
		}
	}
}

// TestProviderError_RepeatsNothingOfTheDescription: anybody can put text into the address of the callback.
func TestProviderError_RepeatsNothingOfTheDescription(t *testing.T) {
	t.Parallel()
	no := readFault("<script>", "AADSTS50105<script>alert(1)</script>"+strings.Repeat("x", 1<<16)).refusal()
	for _, text := range []string{no.detail, no.hint.person, no.hint.fix, no.hint.correlation} {
		if strings.Contains(text, "script") || len(text) > 1024 {
			t.Errorf("got %q", text)
		}
	}
}
