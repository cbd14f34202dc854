#compdef gpuhost
# SPDX-License-Identifier: LGPL-2.1-or-later
# zsh completion for gpuhost. Which words there are, gpuhost itself knows: nothing to keep in step here.

local line word
local -a whole open

for line in ${(f)"$($words[1] complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)"}; do
        if [[ $line == :file ]]; then
                compset -P '--*='
                _files
                continue
        fi
        word=${line%%$'\t'*}
        if [[ $word == *= ]]; then
                open+=("${word//:/\\:}:${line#*$'\t'}")
        else
                whole+=("${word//:/\\:}:${line#*$'\t'}")
        fi
done
(( $#whole )) && _describe -o 'gpuhost' whole
(( $#open )) && _describe -o 'gpuhost' open -S ''
