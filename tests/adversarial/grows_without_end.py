# Collects memory piece by piece.
#
# exercise: cosine_beta_schedule
# points: 0
# status: timeout
# message: The answer was stopped: did not finish within 2 seconds of processor time.
# flags: runs-elsewhere

def cosine_beta_schedule(T, s=0.008):
    pieces = []
    while True:
        pieces.append(bytearray(50_000_000))
