package store

// Sort orders users or groups by the value of one attribute, and those with equal values by id, the older first.
// Resources without a value come last, or first if the order is descending.
type Sort struct {
	// Path names the attribute as the Path of a Compare does. Under a List it is relative to the list's elements.
	Path []string
	// List is the path of a list: its primary element counts, or else its first. nil: no list.
	List       []string
	As         SortType
	Descending bool
}

// SortType says which values of an attribute count; one of another type is as good as none. Text is ordered by code
// point, false stands before true.
type SortType int

// Times are numbers.
const (
	SortText SortType = iota
	SortBool
	SortNumber
)

// Place is that of a row in an order. It is understood by the same order alone.
type Place struct {
	Key   string // the value that the row is ordered by, as text
	Empty bool   // the row has no such value
	ID    string
}

// Start is where a page begins: behind a place or, going backward, before it. The row at the place itself belongs to the
// page if Inclusive. Without an ID it is the beginning of the list, or the end.
type Start struct {
	Place
	Backward, Inclusive bool
}

// Extent tells how many rows match in all and, if the query had a Start, what the page covers of them.
type Extent struct {
	Total       int
	First, Last Place // of the page's rows; zero without rows
	More        bool  // there are rows beyond the page, in the direction of reading
}
