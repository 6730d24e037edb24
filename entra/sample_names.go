package entra

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// difficultNames have broken programs before: apostrophes, accents, one letter, two scripts, a space, a great length,
// quotation marks, and a capital that is not its small letter's only capital.
var difficultNames = [][2]string{
	{"Alice", "Anderson"},
	{"Siobhán", "O'Neil"},
	{"Zoë", "Müller-Lüdenscheidt"},
	{"José María", "García Ñíguez"},
	{"美咲", "高橋"},
	{"Wei", "王"},
	{"İpek", "Yıldız"},
	{"Renée", "D’Aubigné"},
	{"O", "Li"},
	{"Þórdís", "Ævarsdóttir"},
	{"Robert \"Bob\"", "Tables (external)"},
	{"Αλεξάνδρα", "Παπαδοπούλου"},
	{"Hubert Blaine", "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafe"},
}

var givenNames = []string{
	"Amara", "Ben", "Chloé", "Dmitri", "Elena", "Farid", "Grace", "Hannah", "Ivan", "Jürgen", "Kofi", "Lena", "Mateo",
	"Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Thandi", "Uma", "Viktor", "Wanda", "Ximena", "Yusuf", "Zuzana",
}

var surnames = []string{
	"Abara", "Brown", "Castro", "Dubois", "Eriksson", "Fischer", "Gupta", "Hansen", "Ito", "Jensen", "Kowalski", "López",
	"Moreau", "Nguyen", "Okafor", "Patel", "Quinn", "Rossi", "Schmidt", "Tanaka", "Usman", "Vargas", "Weber", "Yılmaz", "Zhou",
}

var departments = []string{"Engineering", "Sales", "Finance", "People & Culture", "Support"}

var jobTitles = []string{"Engineer", "Account Executive", "Analyst", "Manager", "Specialist", "Director", "Assistant"}

var groupNames = []string{
	"Engineering", "Sales", "Finance", "Support", "Everyone in Köln", "Project Ångström", "On-call (24/7)",
	"R&D | Platform", "VPN users", "Wiki readers", "Auditors", "All \"special\" people",
}

type office struct{ name, street, city, state, postalCode, country, language string }

var offices = []office{
	{"Köln 2", "Schanzenstraße 6", "Köln", "NRW", "51063", "DE", "de-DE"},
	{"Redmond 18/2111", "1 Microsoft Way", "Redmond", "WA", "98052", "US", "en-US"},
	{"Dublin 4", "70 Sir John Rogerson's Quay", "Dublin", "", "D02 R296", "IE", "en-IE"},
	{"Tokyo 港区", "港南 2-16-3", "Tokyo", "", "108-0075", "JP", "ja-JP"},
}

// asciiAlias makes an alias as administrators do: accents dropped, everything else that is not a letter or a digit
// left out. A name in another script gives a short alias that the caller makes unique.
func asciiAlias(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		plain := r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.')
		if plain && b.Len() < 48 {
			b.WriteRune(r)
		}
	}
	alias := strings.Trim(b.String(), ".")
	if alias == "" {
		return "user"
	}
	return alias
}
