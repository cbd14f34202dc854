--- stderr ---
gpuhost: cannot read /run/gpuhost/start/torn.json: no JSON map: '}' expected near end of file
