package policy

import "strings"

// Area is a part of an application: all that lies under a path of a host.
type Area struct {
	Application string // its id
	Host        string // lower case; "*.example.com" is every host with exactly one label more
	Path        string // "/", or a decoded path without a slash at its end
	Minimum     Role   // the least role that opens it
	// SecondFactor demands of the person's sign-in that it was proved by two factors.
	SecondFactor bool
}

// Place is where a request goes. The zero value is a place that nobody can make out.
type Place struct {
	Host    string // as ReadHost gives it
	Path    string // as ReadPath gives it
	Certain bool   // proxy, door and application will all understand the path alike
}

// Over finds the areas that lie over a place, whose demands must all be met. Usually it is one: the longest path of the
// exact host, else of the wildcard. Where the path is not certain it is every area of the host, which is the strictest
// answer there is. Its specification is testdata/applications.txt.
func Over(areas []Area, p Place) []Area {
	hosted := onHost(areas, p.Host)
	if !p.Certain {
		return hosted
	}
	exact := longest(hosted, p.Path)
	lower := make([]Area, len(hosted))
	for i, a := range hosted {
		lower[i].Path = strings.ToLower(a.Path)
	}
	// Some servers ignore case in paths and some do not.
	if exact != longest(lower, strings.ToLower(p.Path)) {
		return hosted
	}
	if exact < 0 {
		return nil
	}
	return hosted[exact : exact+1]
}

// Wildcard is the pattern beside the host itself that covers it, "" for hosts that are too short for one.
func Wildcard(host string) string {
	_, parent, _ := strings.Cut(host, ".")
	if !strings.Contains(parent, ".") {
		return ""
	}
	return "*." + parent
}

func onHost(areas []Area, host string) []Area {
	for _, pattern := range []string{host, Wildcard(host)} {
		var found []Area
		for _, a := range areas {
			if pattern != "" && a.Host == pattern {
				found = append(found, a)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// longest finds the area with the longest path that is the place's or lies above it; -1 where there is none.
func longest(areas []Area, path string) int {
	best := -1
	for i, a := range areas {
		covers := a.Path == "/" || path == a.Path || strings.HasPrefix(path, a.Path+"/")
		if covers && (best < 0 || len(a.Path) > len(areas[best].Path)) {
			best = i
		}
	}
	return best
}

// ReadHost reads a host as HTTP has it, with or without a port. false says that it is none.
func ReadHost(raw string) (string, bool) {
	if address, rest, ok := strings.Cut(raw, "]"); ok {
		return readAddress(strings.ToLower(address), rest)
	}
	host, port, hasPort := strings.Cut(raw, ":")
	if hasPort && (len(port) > 5 || strings.Trim(port, "0123456789") != "") {
		return "", false
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "" || len(host) > 253 {
		return "", false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", false
		}
	}
	return host, true
}

// readAddress reads an IPv6 address in brackets, which no application has as its host.
func readAddress(address, rest string) (string, bool) {
	digits, ok := strings.CutPrefix(address, "[")
	ok = ok && digits != "" && strings.Trim(digits, "0123456789abcdef:.") == ""
	port, hasPort := strings.CutPrefix(rest, ":")
	ok = ok && (rest == "" || hasPort && len(port) <= 5 && strings.Trim(port, "0123456789") == "")
	if !ok {
		return "", false
	}
	return address + "]", true
}
