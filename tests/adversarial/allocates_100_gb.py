# Asks for a tensor of 100 GB.
#
# exercise: cosine_beta_schedule
# points: 0
# status: error
# message: Your code raised RuntimeError: <any>DefaultCPUAllocator: can't allocate memory: you tried to allocate 100000000000 bytes.<any>. At line 2 of cosine_beta_schedule: return torch.zeros(25 * 10**9).
# flags: runs-elsewhere

def cosine_beta_schedule(T, s=0.008):
    return torch.zeros(25 * 10**9)
