# An error and a printed line with halves of characters, escape sequences and marks that turn the text's direction.
#
# exercise: cosine_beta_schedule
# points: 0
# status: error
# message: Your code raised Odd: � boom � �[2J � gnp.exe<any>

class Odd(Exception):
    pass


Odd.__name__ = "E\ud800\u202e\x1b[31m"


def cosine_beta_schedule(T, s=0.008):
    print("\ud800 printed \x00\x1b]0;title\x07")
    raise Odd("\ud800 boom \x00 \x1b[2J \u202e gnp.exe =1+1;=2+2\t=3\n=4")
