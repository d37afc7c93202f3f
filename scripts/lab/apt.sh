# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Packages of any Debian suite with the machine's own apt, which is told to keep
# everything in the cache folder and to know of nothing but that suite. Nothing
# is installed, so neither root nor a matching release is needed.

APT_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# apt_mirrors: prints "MAIN SECURITY", the mirrors to use. They come from the
# machine's apt sources, which apt itself parses in any of their formats.
apt_mirrors()
{
	local codename id list main security

	if [ -n "${KVMEXIT_MIRROR:-}" ]; then
		main=${KVMEXIT_MIRROR%/}
		echo "$main ${KVMEXIT_SECURITY_MIRROR:-$main-security}"
		return
	fi
	# shellcheck disable=SC1091 # exists on the machine only
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
	# shellcheck disable=SC1091
	id=$(. /etc/os-release && echo "$ID")
	[ "$id" = debian ] ||
		die "this is no Debian; set KVMEXIT_MIRROR=URL to a Debian mirror"
	# shellcheck disable=SC2016 # apt expands them
	list=$(apt-get indextargets --format \
		'$(RELEASE) $(REPO_URI) $(ORIGIN) $(COMPONENT)' \
		'Created-By: Packages' 2>/dev/null)
	# Others publish for a suite of the same name: prefer what says it is
	# Debian (known only after an update), then what has a "main".
	pick()
	{
		awk -v re="$1" '$1 ~ re && $NF == "main" {
				print ($3 == "Debian" ? 0 : 1), $2 }' <<<"$list" |
			sort -s -n -k1,1 | awk 'NR == 1 { print $2 }'
	}
	main=$(pick "^($codename|stable|testing|unstable|sid)\$")
	security=$(pick "^($codename|stable|testing)-security\$")
	[ -n "$main" ] ||
		die "no Debian mirror in the apt sources; set KVMEXIT_MIRROR=URL"
	echo "${main%/} ${security:-${main%/}-security}"
}

# apt_in SUITE TOOL [ARGS...]: runs apt-get or apt-cache on SUITE's own lists.
apt_in()
{
	local d=$LAB_CACHE/apt/$1 tool=$2

	shift 2
	APT_CONFIG=$d/apt.conf "$tool" "$@"
}

apt_write_config()
{
	local d=$1

	mkdir -p "$d/lists/partial" "$d/archives/partial" "$d/none"
	: >"$d/status"
	cat >"$d/apt.conf" <<-END
	Dir::State "$d";
	Dir::State::Lists "$d/lists";
	Dir::State::Status "$d/status";
	Dir::Cache "$d";
	Dir::Cache::Archives "$d/archives";
	Dir::Etc::SourceList "$d/sources.list";
	Dir::Etc::SourceParts "$d/none";
	Dir::Etc::Preferences "$d/none/none";
	Dir::Etc::PreferencesParts "$d/none";
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Install-Recommends "false";
	APT::Sandbox::User "root";
	APT::Update::Error-Mode "any";
	APT::Update::Post-Invoke-Success "";
	Acquire::Languages "none";
	Acquire::Check-Valid-Until "false";
	Acquire::Retries "3";
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear DPkg::Post-Invoke;
	END
}

# apt_update SUITE: fresh lists of SUITE, once a script. Skips the script when
# the mirror does not serve the suite; does without what is optional.
apt_update()
{
	local suite=$1
	local d=$LAB_CACHE/apt/$suite mirrors main security s
	local opts="[arch=amd64 signed-by=$APT_KEYRING]"

	[ -e "$APT_KEYRING" ] ||
		die "$APT_KEYRING is missing; run: scripts/deps lab"
	apt_write_config "$d"
	mirrors=$(apt_mirrors)
	read -r main security <<<"$mirrors"
	echo "deb $opts $main $suite main" >"$d/sources.list"
	if ! apt_in "$suite" apt-get -q update >"$d/log" 2>&1; then
		grep '^[EW]:' "$d/log" >&2 || true
		skip "suite $suite cannot be had from this machine's mirror" \
			"(set KVMEXIT_MIRROR=URL to one that serves it)"
	fi
	for s in "$security $suite-security" "$main $suite-backports"; do
		cp "$d/sources.list" "$d/sources.list.ok"
		echo "deb $opts $s main" >>"$d/sources.list"
		apt_in "$suite" apt-get -q update >"$d/log" 2>&1 ||
			mv "$d/sources.list.ok" "$d/sources.list"
	done
}

# apt_size SUITE PACKAGE...: what downloading the packages takes, in bytes.
apt_size()
{
	local suite=$1

	shift
	apt_in "$suite" apt-cache show --no-all-versions "$@" |
		awk '$1 == "Size:" { n += $2 } END { print n + 0 }'
}

# apt_extract DIR DEB...: unpacks packages into DIR. Its /lib and the like may
# be symbolic links already, and stay so.
apt_extract()
{
	local deb dir=$1

	shift
	for deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x -C "$dir" --keep-directory-symlink --no-same-owner ||
			die "cannot unpack $deb into $dir; is the disk full?"
	done
}
