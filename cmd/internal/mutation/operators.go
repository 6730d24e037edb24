package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// The mistakes are those that people make, and attackers look for: a comparison negated or off by one, one condition instead of another or instead of
// both, a condition upside down, a true for a false, arithmetic the wrong way around, a statement left out, and a condition of an SQL statement left
// out. What is deferred and what is logged, and whether it is, stay: they say nothing about what is decided.

// swaps are what stands in for an operator.
var swaps = map[token.Token][]token.Token{
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR}, token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
}

var arithmetic = map[token.Token]token.Token{token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL, token.REM: token.MUL}

// edit replaces a stretch of a file.
type edit struct {
	from, to int
	text     string
}

// writer writes a file anew with mistakes in it.
type writer struct {
	all        *field
	file, text string
	positions  *token.FileSet
	function   string
	conditions map[ast.Expr]bool // expressions that are true or false
	tests      []string
}

// rewrite is the whole file with its mistakes.
func (w *writer) rewrite(tree *ast.File) string {
	var all []edit
	for _, d := range tree.Decls {
		w.function = ""
		if f, ok := d.(*ast.FuncDecl); ok {
			w.function = f.Name.Name
		}
		all = append(all, w.edits(d, true)...)
	}
	return w.apply(0, len(w.text), all)
}

// edits are those below a node, and of itself where that is wanted.
func (w *writer) edits(root ast.Node, itself bool) (list []edit) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil, *ast.StructType:
			return false
		case *ast.IfStmt:
			if len(n.Body.List) == 1 && isLogged(n.Body.List[0]) && n.Else == nil {
				return false // which only decides what is logged
			}
		case *ast.GenDecl:
			return n.Tok == token.VAR // what is constant cannot depend on a switch
		}
		w.notice(n)
		if n == root && !itself {
			return true
		}
		text, changed := w.mistaken(n)
		if changed {
			list = append(list, edit{w.offset(n.Pos()), w.offset(n.End()), text})
		}
		return !changed
	})
	return list
}

// notice remembers which expressions below a node are true or false.
func (w *writer) notice(n ast.Node) {
	switch n := n.(type) {
	case *ast.IfStmt:
		w.conditions[n.Cond] = true
	case *ast.BinaryExpr:
		if n.Op == token.LAND || n.Op == token.LOR {
			w.conditions[n.X], w.conditions[n.Y] = true, true
		}
	case *ast.ParenExpr:
		w.conditions[n.X] = w.conditions[n]
	case *ast.UnaryExpr:
		w.conditions[n.X] = false // whose negation is a mistake already
	}
}

// mistaken writes a node with its mistakes, and those below it.
func (w *writer) mistaken(n ast.Node) (text string, changed bool) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return w.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			number := w.plant(n, w.source(n), w.source(n.X))
			return fmt.Sprintf("(!%s) != mistakenly(%d)", w.below(n.X), number), true
		}
	case *ast.Ident:
		if n.Name == "true" || n.Name == "false" {
			if w.conditions[n] {
				return fmt.Sprintf("(%s != mistakenly(%d))", n.Name, w.plant(n, n.Name, "!"+n.Name)), true
			}
			return "", false
		}
		return w.condition(n)
	case *ast.CallExpr, *ast.SelectorExpr, *ast.IndexExpr:
		return w.condition(n.(ast.Expr))
	case *ast.ReturnStmt:
		for _, result := range n.Results {
			if name, ok := result.(*ast.Ident); ok && (name.Name == "true" || name.Name == "false") {
				w.conditions[name] = true
			}
		}
	case *ast.BasicLit:
		return w.literal(n)
	case *ast.BlockStmt:
		return w.block(n, n.List)
	case *ast.CaseClause:
		return w.clause(n)
	}
	return "", false
}

func (w *writer) binary(n *ast.BinaryExpr) (string, bool) {
	x, y := n.X, n.Y
	if other, ok := arithmetic[n.Op]; ok {
		if n.Op == token.ADD && !isNumber(x) && !isNumber(y) {
			return "", false // it may be text
		}
		number := w.plant(n, w.source(n), w.source(x)+" "+other.String()+" "+w.source(y))
		left, right := w.below(x), w.below(y)
		wrong := left
		if n.Op == token.QUO {
			wrong = "mistakenFor(0, " + left + ", " + left + ")" // no constant, whose multiple may be too large to compile
		}
		return fmt.Sprintf("mistakenFor(%d, %s %s %s, %s %s %s)", number, left, n.Op, right, wrong, other, right), true
	}
	others := swaps[n.Op]
	if len(others) == 0 {
		return "", false
	}
	first := w.next()
	for _, op := range others {
		w.plant(n, w.source(n), w.source(x)+" "+op.String()+" "+w.source(y))
	}
	left, right := w.below(x), w.below(y)
	var cases strings.Builder
	for i, op := range others {
		fmt.Fprintf(&cases, "case %d: return %s %s %s; ", i+1, left, op, right)
	}
	return fmt.Sprintf("func() bool { switch mistaken(%d, %d) { %s}; return %s %s %s }()", first, len(others), cases.String(), left, n.Op, right), true
}

// isNumber says that an expression is one for sure.
func isNumber(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.INT
	case *ast.CallExpr:
		name, ok := e.Fun.(*ast.Ident)
		return ok && name.Name == "len"
	}
	return false
}

// condition turns an expression around that is true or false.
func (w *writer) condition(e ast.Expr) (string, bool) {
	if !w.conditions[e] {
		return "", false
	}
	number := w.plant(e, w.source(e), "!"+w.source(e))
	return fmt.Sprintf("(%s) != mistakenly(%d)", w.inside(e), number), true
}

// block writes a block whose statements may be left out.
func (w *writer) block(n ast.Node, list []ast.Stmt) (string, bool) {
	var all []edit
	for _, s := range list {
		if !isRemovable(s) {
			all = append(all, w.edits(s, true)...)
			continue
		}
		number := w.plant(s, w.source(s), "nothing")
		all = append(all, edit{w.offset(s.Pos()), w.offset(s.End()), fmt.Sprintf("if !mistakenly(%d) { %s }", number, w.inside(s))})
	}
	return w.apply(w.offset(n.Pos()), w.offset(n.End()), all), true
}

func (w *writer) clause(n *ast.CaseClause) (string, bool) {
	var all []edit
	for _, e := range n.List {
		all = append(all, w.edits(e, true)...)
	}
	if len(n.Body) == 0 {
		return w.apply(w.offset(n.Pos()), w.offset(n.End()), all), true
	}
	body := &ast.BlockStmt{Lbrace: n.Body[0].Pos(), List: n.Body, Rbrace: n.Body[len(n.Body)-1].End() - 1}
	text, _ := w.block(body, n.Body)
	all = append(all, edit{w.offset(body.Pos()), w.offset(body.End()), text})
	return w.apply(w.offset(n.Pos()), w.offset(n.End()), all), true
}

// isRemovable says whether the program still compiles without a statement, and does something else.
func isRemovable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE && !isBlank(s.Lhs)
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		return ok && !isLogged(s) && !isNamed(call.Fun, "panic")
	case *ast.BranchStmt:
		return s.Label == nil && s.Tok != token.FALLTHROUGH
	case *ast.IncDecStmt, *ast.SendStmt:
		return true
	}
	return false
}

func isBlank(list []ast.Expr) bool {
	return !slices.ContainsFunc(list, func(e ast.Expr) bool { return !isNamed(e, "_") })
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// isLogged recognizes d.log.WarnContext and the like.
func isLogged(s ast.Stmt) bool {
	expression, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := expression.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	receiver, ok := method.X.(*ast.SelectorExpr)
	return ok && receiver.Sel.Name == "log"
}
