# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for gpuhost. Which words there are, gpuhost itself knows: nothing to keep in step here.
# shellcheck shell=bash

_gpuhost()
{
        local line=${COMP_LINE:0:COMP_POINT} words word kept='' candidate break

        read -ra words <<<"$line"
        [[ $line == *[[:space:]] ]] && words+=('')
        word=${words[-1]}

        # readline parts words at these, and replaces the last part alone.
        for break in = :; do
                [[ $COMP_WORDBREAKS == *$break* && $word == *$break* ]] || continue
                candidate=${word%"${word##*"$break"}"}
                ((${#candidate} > ${#kept})) && kept=$candidate
        done

        COMPREPLY=()
        while IFS=$'\t' read -r candidate _; do
                if [[ $candidate == :file ]]; then
                        compopt -o filenames
                        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY \
                                < <(compgen -f -- "${word#--*=}")
                        continue
                fi
                [[ $candidate == *= ]] && compopt -o nospace
                COMPREPLY+=("${candidate#"$kept"}")
        done < <("$1" complete "${words[@]:1}" 2>/dev/null)
}

complete -F _gpuhost gpuhost
