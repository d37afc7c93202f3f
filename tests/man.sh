#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Man pages: each is built from its source, has nothing that mandoc or groff warns of,
# renders to text with all of its sections, and has the line that whatis(1) wants.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source-path=SCRIPTDIR source=lab/tap.sh
. tests/lab/tap.sh

command -v scdoc >/dev/null || { echo "SKIP: there is no scdoc to build man pages with"; exit 77; }
command -v mandoc >/dev/null || command -v groff >/dev/null || {
	echo "SKIP: there is neither mandoc nor groff to check man pages with"
	exit 77
}
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT

# Prints what is wrong with a page.
lint()
{
	if command -v mandoc >/dev/null; then
		mandoc -Tlint -W warning "$1"
	else
		groff -ww -man -Tutf8 -z "$1" 2>&1
	fi
}

# As a reader sees it, without bold, underline and indent.
render()
{
	if command -v man >/dev/null; then
		MANWIDTH=80 MANPAGER=cat man -l "$1"
	elif command -v mandoc >/dev/null; then
		mandoc "$1"
	else
		groff -man -Tutf8 -P -c "$1"
	fi 2>"$out/err" | sed 's/.\x08//g; s/\x1b\[[0-9;]*m//g; s/^ *//'
}

said=$(make -s B="$out" man 2>&1)
ok $? "make man" "$said"
pages=0
for source in user/man/*.scd; do
	file=$(basename "$source" .scd)
	page=$out/man/$file
	name=${file%.*}
	pages=$((pages + 1))
	[ -s "$page" ]
	ok $? "$file: is built"

	is "$(lint "$page" | sed "s|$out/man/||")" "" "$file: no warnings"

	text=$(render "$page")
	# Between fences # is a prompt, or a comment.
	# shellcheck disable=SC2016 # nothing is to be expanded
	missing=$(sed -n '/^```/,/^```/d; s/^#\{1,2\} //p' "$source" | while read -r section; do
		grep -qxF "$section" <<<"$text" || echo "$section"
	done)
	is "$missing" "" "$file: renders with all sections"
	is "$(cat "$out/err")" "" "$file: renders without complaint"

	line=$(grep -A 1 -x NAME <<<"$text" | sed -n 2p)
	[[ $line == "$name - "?* ]]
	ok $? "$file: NAME begins with '$name - '" "it is '$line'"
done
[ $pages -gt 0 ]
ok $? "$pages man pages"
echo "1..$tap_tests"
[ $tap_failed -eq 0 ]
