"""The picture in the README, from the weights that ship: `python docs/what_you_make.py`."""

from pathlib import Path

import matplotlib.pyplot as plt
import torch

from helpers import recipe
from helpers.autoguidance import Autoguided
from helpers.figures.plotting import GREY, montage, use_course_style
from helpers.pretrained import load_ddpm
from helpers.text_to_image.pipelines import load_pipeline
from helpers.weights import ddpm_digits

PROMPTS = [
    "a large red seven on a white background",
    "a small yellow three on a blue background",
    "a large green zero on a black background",
    "a large white five on a purple background",
    "a small black eight on an orange background",
    "a large orange two on a blue background",
]


def main() -> None:
    """Draw both halves and write docs/what-you-make.png."""
    use_course_style()
    model, schedule, prediction = load_ddpm()
    younger, _, _ = load_ddpm(name="ddpm_digits_younger")
    digits = recipe.draw(Autoguided(model, younger, ddpm_digits.GUIDANCE), schedule, 32, seed=5, prediction=prediction)
    pipe = load_pipeline()
    generators = [torch.Generator().manual_seed(i) for i in range(len(PROMPTS))]
    pictures = pipe(PROMPTS, num_inference_steps=50, guidance_scale=8, generator=generators).images

    figure = plt.figure(figsize=(12, 4.2), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.15, 1))
    axis = left.subplots()
    axis.imshow(montage(digits, columns=8), **GREY)
    axis.set_title("notebook 3: digits out of noise")
    axis.set_axis_off()
    axes = right.subplots(2, 3)
    right.suptitle("notebook 4: pictures from a sentence", fontsize=12)
    for axis, picture, prompt in zip(axes.flat, pictures, PROMPTS):
        axis.imshow(picture, interpolation="nearest")
        words = prompt.removeprefix("a ").split(" on ")
        axis.set_title(f"{words[0]}\non {words[1]}", fontsize=10)
        axis.set_axis_off()
    figure.savefig(Path(__file__).with_name("what-you-make.png"), dpi=110)


if __name__ == "__main__":
    main()
