package completion

// Script is what a shell reads to complete: bash, zsh or fish; empty for another one.
func Script(shell string) string {
	switch shell {
	case "bash":
		return bash
	case "zsh":
		return zsh
	case "fish":
		return fish
	default:
		return ""
	}
}

const bash = `_rezagent() {
  local IFS=$'\n'
  COMPREPLY=($(rezagent __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _rezagent rezagent
`

const zsh = `_rezagent() {
  local -a candidates
  candidates=("${(@f)$(rezagent __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  (( ${#candidates[1]} )) && compadd -- "${candidates[@]}"
}
compdef _rezagent rezagent
`

const fish = `function __rezagent_complete
  set -l words (commandline -opc)
  set -l last (commandline -ct)
  rezagent __complete -- $words[2..-1] "$last" 2>/dev/null
end
complete -c rezagent -f -a '(__rezagent_complete)'
`
