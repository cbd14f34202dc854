# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion for gpuhost. Which words there are, gpuhost itself knows: nothing to keep in step here.

function __gpuhost_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    for line in ($words[1] complete $words[2..] "$word" 2>/dev/null)
        if test "$line" = ":file"
            __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$word")
        else
            echo $line
        end
    end
end

complete -c gpuhost -f -a '(__gpuhost_complete)'
