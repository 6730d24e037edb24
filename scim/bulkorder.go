package scim

import "net/http"

// bulkStep is what is carried out at once: one operation or, if they refer to each other in a circle, several.
type bulkStep struct {
	operations []*bulkOperation
	circular   bool
}

// bulkOrder puts operations in the order in which they can be carried out: that of the request, except that a POST
// comes before what refers to it. It finds the strongly connected components of the references (Tarjan 1972), which
// come out behind all that they refer to.
func bulkOrder(operations []*bulkOperation) []bulkStep {
	f := bulkFinder{creates: map[string]*bulkOperation{}, nodes: map[*bulkOperation]*bulkNode{}}
	for _, o := range operations {
		if o.method == http.MethodPost && o.bulkID != "" {
			f.creates[o.bulkID] = o
		}
	}
	for _, o := range operations {
		if f.nodes[o] == nil {
			f.visit(o)
		}
	}
	return f.steps
}

type bulkFinder struct {
	creates map[string]*bulkOperation // POSTs by bulkId
	nodes   map[*bulkOperation]*bulkNode
	open    []*bulkOperation // visited, and in no step yet
	steps   []bulkStep
}

type bulkNode struct {
	number, lowest int
	done           bool // is in a step
	own            bool // refers to itself
}

func (f *bulkFinder) visit(o *bulkOperation) *bulkNode {
	n := &bulkNode{number: len(f.nodes), lowest: len(f.nodes)}
	f.nodes[o] = n
	f.open = append(f.open, o)
	for _, bulkID := range o.references() {
		creates, next := f.creates[bulkID], f.nodes[f.creates[bulkID]]
		switch {
		case creates == nil:
			continue // refers to nothing: the operation will fail
		case next == nil:
			next = f.visit(creates)
			n.lowest = min(n.lowest, next.lowest)
		case !next.done:
			n.lowest = min(n.lowest, next.number)
		}
		n.own = n.own || next == n
	}
	if n.lowest == n.number {
		f.close(o, n)
	}
	return n
}

// close makes a step of the operations that were opened since o.
func (f *bulkFinder) close(o *bulkOperation, n *bulkNode) {
	first := len(f.open) - 1
	for f.open[first] != o {
		first--
	}
	step := bulkStep{operations: append([]*bulkOperation(nil), f.open[first:]...), circular: n.own || first < len(f.open)-1}
	for _, member := range step.operations {
		f.nodes[member].done = true
	}
	f.open = f.open[:first]
	f.steps = append(f.steps, step)
}
