# shellcheck shell=bash disable=SC2088 # a "~" in quotes is meant as it is
# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of kvmexittop for bash 4.2 and newer, with or without bash-completion. What
# there is to offer says "kvmexittop complete"; here it is only taken apart and quoted.
# Names of VMs and files are anybody's: nothing of them is ever evaluated.

# Takes a piece of a command line apart, as bash would, without expanding anything. Sets
# kxt_words (all but the last), kxt_cur (the last one, without its quotes), kxt_quote (the
# quote that is open at the end) and kxt_redirect (the last one is where output goes).
_kvmexittop_split()
{
	local line=$1 word='' begun='' redirect='' quote='' c next i

	kxt_words=()
	for ((i = 0; i < ${#line}; i++)); do
		c=${line:i:1} next=${line:i + 1:1}
		case $quote$c in
		"''"|'""')
			quote='' ;;
		"'"?)	word+=$c ;;
		'"'\\)	i=$((i + 1))
			case $next in
			[\$\`\"\\]) word+=$next ;;
			*) word+=$c$next ;;
			esac ;;
		'"'?)	word+=$c ;;
		[\'\"])	quote=$c begun=1 ;;
		\\)	i=$((i + 1)) word+=$next begun=1 ;;
		[' '$'\t\n<>'])
			[ -z "$begun" ] || [ -n "$redirect" ] || kxt_words+=("$word")
			[ -z "$begun" ] || redirect=''
			[[ $c != [\<\>] ]] || redirect=1
			word='' begun='' ;;
		*)	word+=$c begun=1 ;;
		esac
	done
	kxt_cur=$word kxt_quote=$quote kxt_redirect=$redirect
}

# Quotes text so that it can go on where the quote $2 is open, or none; in kxt_quoted.
_kvmexittop_quote()
{
	local text=$1 c i

	kxt_quoted=''
	case $2 in
	'')	[ -z "$text" ] || printf -v kxt_quoted %q "$text"
		return ;;
	esac
	for ((i = 0; i < ${#text}; i++)); do
		c=${text:i:1}
		case $2$c in
		"''")	c="'\\''" ;;
		# Between double quotes a backslash does not keep "!" from the history.
		'"!')	c='"\!"' ;;
		'"'[\$\`\"\\])
			c=\\$c ;;
		esac
		kxt_quoted+=$c
	done
	# Readline closes the quote, but not where the text looks as if it were closed.
	[[ $kxt_quoted != *"$2" ]] || kxt_quoted+=$2
}

# Adds to kxt_found what there is below the prefix $1: folders and files that match the
# pattern $2; if $3 is empty, any file where none does.
_kvmexittop_files()
{
	local typed=${kxt_cur#"$1"} base='' had='' file others=() match=()

	if [[ $typed == '~/'* && -z $1$kxt_quote ]]; then
		base=$HOME/ typed=${typed#'~/'}
	fi
	! shopt -q nullglob || had=1
	shopt -s nullglob
	for file in "$base$typed"*; do
		[ ! -d "$file" ] || file+=/
		# shellcheck disable=SC2053 # it is a pattern
		if [[ $file == */ || $file == $2 ]]; then
			match+=("$file")
		else
			others+=("$file")
		fi
	done
	[ -n "$had" ] || shopt -u nullglob
	[ ${#match[@]} -gt 0 ] || [ -n "$3" ] || match=("${others[@]}")
	for file in "${match[@]}"; do
		[ -z "$base" ] || file='~/'${file#"$base"}
		kxt_found+=("$1$file")
	done
}

# Completes the command after "--", which begins with word $1.
_kvmexittop_command()
{
	local first=0 name

	for name in _comp_command_offset _command_offset; do
		declare -F "$name" >/dev/null || continue
		while [ "${COMP_WORDS[first]-}" != -- ] && [ $first -lt "$COMP_CWORD" ]; do
			first=$((first + 1))
		done
		"$name" $((first + 1))
		return
	done
	if [ "$1" -eq ${#kxt_words[@]} ] && [[ $kxt_cur != */* ]]; then
		mapfile -t kxt_found < <(compgen -c -- "$kxt_cur")
	else
		_kvmexittop_files '' '*' ''
	fi
}

# Puts into COMPREPLY those of kxt_found that begin with what was typed; in upper or lower
# case if there is none in the case that was typed. $1 is the end of the line that they
# replace: the part of the word after the last of COMP_WORDBREAKS.
_kvmexittop_reply()
{
	local line=$2 word='' match=() head quote tilde

	for word in "${kxt_found[@]}"; do
		[[ $word != "$kxt_cur"* ]] || match+=("$word")
	done
	[ ${#match[@]} -gt 0 ] || for word in "${kxt_found[@]}"; do
		[[ ${word,,} != "${kxt_cur,,}"* ]] || match+=("$word")
	done
	[[ $1 == "" || $line != *"$1" ]] || line=${line:0:${#line} - ${#1}}
	_kvmexittop_split "$line"
	head=${#kxt_cur} quote=$kxt_quote
	for word in "${match[@]}"; do
		word=${word:head} tilde=''
		if [[ $head == 0 && -z $quote && $word == '~/'* ]]; then
			tilde='~/' word=${word#'~/'}
		fi
		_kvmexittop_quote "$word" "$quote"
		COMPREPLY+=("$tilde$kxt_quoted")
	done
	[[ ${#match[@]} != 1 || $word != */ ]] || compopt -o nospace 2>/dev/null
}

_kvmexittop()
{
	local line=${COMP_LINE:0:COMP_POINT} kxt_words kxt_cur kxt_quote kxt_redirect
	local kxt_found=() kxt_quoted answer one value

	COMPREPLY=()
	_kvmexittop_split "$line"
	kxt_words=("${kxt_words[@]:1}")
	if [ -n "$kxt_redirect" ]; then
		_kvmexittop_files '' '*' ''
		_kvmexittop_reply "$2" "$line"
		return
	fi
	# The one that is installed: a program of this name in a folder that somebody
	# else writes to must not run because of a Tab.
	answer=$(command kvmexittop complete -- "${kxt_words[@]}" "$kxt_cur" 2>/dev/null)
	while IFS= read -r one; do
		value=${one#*$'\t'}
		case $one in
		word$'\t'*)
			kxt_found+=("${value%%$'\t'*}") ;;
		file$'\t'*)
			_kvmexittop_files "${value%%$'\t'*}" "${value#*$'\t'}" \
				"${kxt_found[*]}" ;;
		command$'\t'*)
			_kvmexittop_command "$value"
			[ ${#kxt_found[@]} -gt 0 ] || return 0 ;;
		esac
	done <<<"$answer"
	_kvmexittop_reply "$2" "$line"
}

complete -F _kvmexittop kvmexittop
