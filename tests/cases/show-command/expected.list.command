--- stderr ---
gpuhost: --command is an option of 'show', not of 'list'
