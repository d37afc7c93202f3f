# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of kvmexittop for fish. What there is to offer says "kvmexittop complete".
# Names of VMs and files are anybody's: fish quotes them, nothing of them is evaluated.

function __kvmexittop_complete
	set -l before (commandline -opc)
	set -l typed (commandline -ct)
	# What is still open, as a quote is, cannot be unescaped.
	set -l plain (string unescape -- $typed 2>/dev/null)
	or set plain (string replace -r '^[\'"]' '' -- $typed)

	# The one that is installed: a program of this name in a folder that somebody
	# else writes to must not run because of a Tab.
	for line in (command kvmexittop complete -- $before[2..-1] "$plain" 2>/dev/null)
		set -l field (string split \t -- $line)
		switch $field[1]
			case word
				printf '%s\t%s\n' $field[2] $field[3]
			case file
				set -l name (string sub -s (math (string length -- $field[2]) + 1) -- $plain)
				set -l wanted
				set -l files (__fish_complete_path $name)
				for file in $files
					set -l path (string split \t -- $file)[1]
					if string match -q -- $field[3] $path; or string match -q -- '*/' $path
						set -a wanted $file
					end
				end
				test -n "$wanted"; or set wanted $files
				test -z "$wanted"; or printf '%s\n' $field[2]$wanted
			case command
				set -l rest (string escape -- $before[(math $field[2] + 2)..-1]) $typed
				complete -C "$rest"
		end
	end
end

complete -c kvmexittop -f -a '(__kvmexittop_complete)'
