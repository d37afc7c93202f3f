#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Man pages: each is built from its source, has nothing that mandoc or groff warns of,
# renders to text with all of its sections, and has the line that whatis(1) wants. What
# they say of verbs, options, fields, columns, metrics, parameters and messages is what
# the program and the module have (man-facts.py). KVMEXITTOP names the program.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source-path=SCRIPTDIR source=lab/tap.sh
. tests/lab/tap.sh
tool=$(realpath -m "${KVMEXITTOP:-build/kvmexittop}")

command -v scdoc >/dev/null || { echo "SKIP: there is no scdoc to build man pages with"; exit 77; }
command -v mandoc >/dev/null || command -v groff >/dev/null || {
	echo "SKIP: there is neither mandoc nor groff to check man pages with"
	exit 77
}
[ -x "$tool" ] || { echo "SKIP: there is no $tool; run: make tool"; exit 77; }
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT

# Prints what is wrong with a page.
lint()
{
	if command -v mandoc >/dev/null; then
		mandoc -Tlint -W warning "$1"
	else
		groff -ww -man -t -Tutf8 -z "$1" 2>&1
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
		groff -man -t -Tutf8 -P -c "$1"
	fi 2>"$out/err" | sed 's/.\x08//g; s/\x1b\[[0-9;]*m//g; s/^ *//'
}

said=$(make -s B="$out" man 2>&1)
ok $? "make man" "$said"
facts=$(python3 -B tests/man-facts.py "$tool" "$out/man" 2>&1)
ok $? "pages can be compared with $(basename "$tool")" "$facts"
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
	is "$(grep -x '@[a-z-]*' <<<"$text")" "" "$file: all fragments are put in"

	line=$(grep -A 1 -x NAME <<<"$text" | sed -n 2p)
	[[ $line == "$name - "?* ]]
	ok $? "$file: NAME begins with '$name - '" "it is '$line'"
	is "$(sed -n "s/^$file\t//p" <<<"$facts")" "" "$file: says what is there"
done
[ $pages -gt 0 ]
ok $? "$pages man pages"

# What only one page has belongs into that page.
for fragment in user/man/*.inc; do
	users=$(grep -lx "@$(basename "$fragment" .inc)" user/man/*.scd | wc -l)
	[ "$users" -gt 1 ]
	ok $? "$(basename "$fragment"): in more than one page" "in $users"
done

# Of a page that is not there nobody else would complain.
is "$(cut -f 1 <<<"$facts" | sort -u | while read -r page; do
	[ -z "$page" ] || [ -e "user/man/$page.scd" ] || sed -n "s/^$page\t//p" <<<"$facts"
done)" "" "every verb has a page"
echo "1..$tap_tests"
[ $tap_failed -eq 0 ]
