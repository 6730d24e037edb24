package main

import (
	"time"

	"github.com/spf13/pflag"

	"doorlist/store"
)

// spanVar adds a flag for a length of time, as people write it ("30 days") or as programs do ("720h").
func spanVar(f *pflag.FlagSet, to *time.Duration, name string, standard time.Duration, usage string) {
	*to = standard
	f.Var((*spanValue)(to), name, usage)
}

// spanValue is a length of time as a flag.
type spanValue time.Duration

func (v *spanValue) String() string {
	if *v == 0 {
		return "0"
	}
	return store.Span(time.Duration(*v))
}

// Set reads the flag; store.ErrSpan for what is no length of time.
func (v *spanValue) Set(text string) error {
	d, err := store.ParseSpan(text)
	if err == nil {
		*v = spanValue(d)
	}
	return err
}

// Type is how help calls the value.
func (v *spanValue) Type() string { return "time" }
