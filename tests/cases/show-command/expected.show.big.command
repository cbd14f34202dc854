--- stderr ---
gpuhost: no VM 'big'
