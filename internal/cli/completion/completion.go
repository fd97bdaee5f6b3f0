// Package completion completes command lines in a shell. The scripts ask the program itself, so that they need no renewal
// when commands change.
package completion

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Candidates are what the last of the words may become, sorted; the words are those behind the program's name.
func Candidates(root *kong.Node, words []string) []string {
	words = joined(words)
	last := words[len(words)-1]
	node, pending, position := walk(root, words[:len(words)-1])
	var all []string
	switch {
	case pending != nil:
		all = values(pending.Value)
	case strings.HasPrefix(last, "--") && strings.Contains(last, "="):
		all = assigned(node, last)
	case strings.HasPrefix(last, "-"):
		all = flags(node)
	default:
		all = commands(node)
		if position < len(node.Positional) {
			all = append(all, values(node.Positional[position])...)
		}
	}
	fitting := slices.DeleteFunc(all, func(candidate string) bool { return !strings.HasPrefix(candidate, last) })
	slices.Sort(fitting)
	return slices.Compact(fitting)
}

// joined leaves out the lone = that bash makes of --flag=value, so that the value stands behind its flag; there is always
// a last word.
func joined(words []string) []string {
	var all []string
	for i, word := range words {
		switch {
		case word != "=" || i == 0 || !strings.HasPrefix(words[i-1], "--"):
			all = append(all, word)
		case i == len(words)-1:
			all = append(all, "")
		}
	}
	if len(all) == 0 {
		return []string{""}
	}
	return all
}

// walk follows the finished words: to a command, perhaps a flag that still wants its value, and an argument's position.
func walk(root *kong.Node, words []string) (node *kong.Node, pending *kong.Flag, position int) {
	node = root
	for _, word := range words {
		switch {
		case pending != nil:
			pending = nil
		case strings.HasPrefix(word, "-"):
			if flag := flagOf(node, word); flag != nil && !flag.IsBool() {
				pending = flag
			}
		default:
			if child := childOf(node, word); child != nil {
				node, position = child, 0
			} else {
				position++
			}
		}
	}
	return node, pending, position
}

func childOf(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// flagOf finds the flag that a word is and whose value the next word is; --flag=value needs none.
func flagOf(node *kong.Node, word string) *kong.Flag {
	for _, group := range node.AllFlags(false) {
		for _, flag := range group {
			if "--"+flag.Name == word {
				return flag
			}
		}
	}
	return nil
}

func flags(node *kong.Node) []string {
	var all []string
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			all = append(all, "--"+flag.Name)
		}
	}
	return all
}

func commands(node *kong.Node) []string {
	var all []string
	for _, child := range node.Children {
		if !child.Hidden {
			all = append(all, child.Name)
		}
	}
	return all
}

// values are those of a closed set.
func values(value *kong.Value) []string {
	if value.Enum == "" {
		return nil
	}
	return slices.DeleteFunc(value.EnumSlice(), func(v string) bool { return v == "" })
}

// assigned completes the value of --flag=value.
func assigned(node *kong.Node, word string) []string {
	name, _, _ := strings.Cut(word, "=")
	flag := flagOf(node, name)
	if flag == nil {
		return nil
	}
	all := values(flag.Value)
	for i := range all {
		all[i] = name + "=" + all[i]
	}
	return all
}
